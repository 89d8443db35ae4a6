package eu.oots.interop;

import java.util.List;

/** One line of standard output for each command. */
sealed interface Answer {
  record Ready(boolean ready, String phase4, String java) implements Answer {}

  record Receiving(String url) implements Answer {}

  /**
   * How sending ended.
   *
   * @param result the name that phase4 gives it (EAS4UserMessageSendResult)
   * @param signalId the MessageId of the receipt or error that came back
   * @param receipt whether the signal is a receipt
   * @param signatureChecked whether phase4 verified a signature over the signal
   * @param signerSha256 the fingerprint of the certificate that signed the signal
   * @param referencesMatch whether the receipt repeats exactly the references we signed; null when it has none
   * @param complaints what was wrong with the references
   * @param failure the exception that ended the attempt, if one did
   */
  record Sent(
      String result,
      String messageId,
      String signalId,
      String refToMessageId,
      boolean receipt,
      boolean signatureChecked,
      String signerSha256,
      Boolean referencesMatch,
      List<String> complaints,
      List<Error> errors,
      String failure)
      implements Answer {}

  record Error(String code, String severity, String shortDescription, String detail) {}

  record Failed(String error) implements Answer {}

  record Bye(boolean bye) implements Answer {}
}
