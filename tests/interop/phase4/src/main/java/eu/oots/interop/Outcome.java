package eu.oots.interop;

import com.helger.phase4.ebms3header.Ebms3Error;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.incoming.IAS4IncomingMessageMetadata;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.incoming.IAS4SignalMessageConsumer;
import com.helger.phase4.sender.IAS4SignalMessageValidationResultHandler;
import java.util.ArrayList;
import java.util.List;

/** Listens to phase4 while it handles the answer to one message. */
final class Outcome implements IAS4SignalMessageConsumer, IAS4SignalMessageValidationResultHandler {
  private Ebms3SignalMessage signal;
  private IAS4IncomingMessageState state;
  private Boolean referencesMatch;
  private final List<String> complaints = new ArrayList<>();
  private String failure;

  @Override
  public void handleSignalMessage(
      Ebms3SignalMessage signalMessage, IAS4IncomingMessageMetadata metadata, IAS4IncomingMessageState signalState) {
    signal = signalMessage;
    state = signalState;
  }

  @Override
  public void onSuccess() {
    // phase4 also says so when the counts differ but all that we sent was found; a complaint outweighs it.
    referencesMatch = complaints.isEmpty();
  }

  @Override
  public void onError(String complaint) {
    complaints.add(complaint);
    referencesMatch = false;
  }

  @Override
  public void onNotApplicable() {
    referencesMatch = null;
  }

  void failed(Exception error) {
    failure = error.getCause() == null ? error.toString() : error + ": " + error.getCause();
  }

  Answer.Sent answer(String result, String messageId) {
    if (signal == null) {
      return new Answer.Sent(
          result, messageId, null, null, false, false, null, null, complaints, List.of(), failure);
    }
    return new Answer.Sent(
        result,
        messageId,
        signal.getMessageInfo().getMessageId(),
        signal.getMessageInfo().getRefToMessageId(),
        signal.getReceipt() != null,
        state.isSoapSignatureChecked(),
        Sha256.of(state.getSigningCertificate()),
        referencesMatch,
        complaints,
        signal.getError().stream().map(Outcome::error).toList(),
        failure);
  }

  private static Answer.Error error(Ebms3Error error) {
    return new Answer.Error(
        error.getErrorCode(), error.getSeverity(), error.getShortDescription(), error.getErrorDetail());
  }
}
