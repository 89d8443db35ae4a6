package eu.oots.interop;

import java.util.List;

/** What is written beside the payloads of a received message: its header, and what phase4 found out about it. */
record Header(
    String messageId,
    String refToMessageId,
    String conversationId,
    String agreementRef,
    Value service,
    String action,
    Party from,
    Party to,
    List<Property> properties,
    List<Payload> payloads,
    List<String> signedReferences,
    String signerSha256) {

  /** A text with its type attribute. */
  record Value(String type, String value) {}

  record Party(String type, String value, String role) {}

  record Property(String name, String type, String value) {}

  /** A payload as delivered; {@code mimeType} is the part property, {@code file} its place beside the header. */
  record Payload(
      String cid,
      String mimeType,
      boolean compressed,
      List<Property> properties,
      String file,
      long size,
      String sha256) {}
}
