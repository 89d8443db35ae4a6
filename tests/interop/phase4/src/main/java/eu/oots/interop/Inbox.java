package eu.oots.interop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.helger.collection.commons.ICommonsList;
import com.helger.http.header.HttpHeaderMap;
import com.helger.phase4.attachment.WSS4JAttachment;
import com.helger.phase4.ebms3header.Ebms3CollaborationInfo;
import com.helger.phase4.ebms3header.Ebms3MessageInfo;
import com.helger.phase4.ebms3header.Ebms3PartInfo;
import com.helger.phase4.ebms3header.Ebms3PartyId;
import com.helger.phase4.ebms3header.Ebms3Property;
import com.helger.phase4.ebms3header.Ebms3SignalMessage;
import com.helger.phase4.ebms3header.Ebms3UserMessage;
import com.helger.phase4.error.AS4ErrorList;
import com.helger.phase4.incoming.IAS4IncomingMessageMetadata;
import com.helger.phase4.incoming.IAS4IncomingMessageState;
import com.helger.phase4.incoming.spi.AS4MessageProcessorResult;
import com.helger.phase4.incoming.spi.AS4SignalMessageProcessorResult;
import com.helger.phase4.incoming.spi.IAS4IncomingMessageProcessorSPI;
import com.helger.phase4.model.error.EEbmsError;
import com.helger.phase4.model.message.MessageHelperMethods;
import com.helger.phase4.model.pmode.IPMode;
import com.helger.xsds.xmldsig.ReferenceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.w3c.dom.Node;

/** Writes each received user message to a folder of its own, and refuses what phase4 alone would let pass. */
final class Inbox implements IAS4IncomingMessageProcessorSPI {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Keys keys;

  Inbox(Path folder, Keys keys) {
    this.folder = folder;
    this.keys = keys;
  }

  @Override
  public AS4MessageProcessorResult processAS4UserMessage(
      IAS4IncomingMessageMetadata metadata,
      HttpHeaderMap httpHeaders,
      Ebms3UserMessage message,
      IPMode pMode,
      Node soapBody,
      ICommonsList<WSS4JAttachment> attachments,
      IAS4IncomingMessageState state,
      AS4ErrorList errors) {
    if (!isSecure(message, attachments, state, errors)) {
      return AS4MessageProcessorResult.createFailure();
    }
    try {
      keep(message, attachments, state);
      return AS4MessageProcessorResult.createSuccess();
    } catch (IOException error) {
      refuse(EEbmsError.EBMS_DELIVERY_FAILURE, "The inbox cannot be written: " + error, state, errors);
      return AS4MessageProcessorResult.createFailure();
    }
  }

  /** phase4 accepts messages that are unsigned, unencrypted, or signed by any trusted party. */
  private boolean isSecure(
      Ebms3UserMessage message,
      List<WSS4JAttachment> attachments,
      IAS4IncomingMessageState state,
      AS4ErrorList errors) {
    String from = message.getPartyInfo().getFrom().getPartyIdAtIndex(0).getValue();
    if (!state.isSoapSignatureChecked()) {
      return refuse(EEbmsError.EBMS_POLICY_NONCOMPLIANCE, "The message is not signed.", state, errors);
    }
    if (!state.isSoapDecrypted() && !attachments.isEmpty()) {
      return refuse(EEbmsError.EBMS_POLICY_NONCOMPLIANCE, "The message is not encrypted.", state, errors);
    }
    if (!state.getSigningCertificate().equals(keys.certificateOf(from))) {
      return refuse(EEbmsError.EBMS_FAILED_AUTHENTICATION, "The signer is not " + from + ".", state, errors);
    }
    return true;
  }

  private static boolean refuse(EEbmsError code, String detail, IAS4IncomingMessageState state, AS4ErrorList errors) {
    var error = code.errorBuilder(state.getLocale()).refToMessageInError(state.getMessageID()).errorDetail(detail);
    errors.add(error.build());
    return false;
  }

  /** The folder appears under its final name only when all of it is there. */
  private void keep(Ebms3UserMessage message, List<WSS4JAttachment> attachments, IAS4IncomingMessageState state)
      throws IOException {
    String name = message.getMessageInfo().getMessageId().replaceAll("[^A-Za-z0-9@._-]", "_");
    Path unfinished = Files.createTempDirectory(Files.createDirectories(folder), ".unfinished-");
    List<Header.Payload> payloads = writePayloads(message, attachments, unfinished);
    JSON.writeValue(unfinished.resolve("header.json").toFile(), header(message, payloads, state));
    Files.move(unfinished, folder.resolve(name));
  }

  private static List<Header.Payload> writePayloads(
      Ebms3UserMessage message, List<WSS4JAttachment> attachments, Path target) throws IOException {
    var payloads = new ArrayList<Header.Payload>();
    if (message.getPayloadInfo() == null) {
      return payloads;
    }
    for (Ebms3PartInfo part : message.getPayloadInfo().getPartInfo()) {
      String file = "payload-" + (payloads.size() + 1);
      payloads.add(writePayload(part, attachmentOf(part, attachments), target.resolve(file)));
    }
    return payloads;
  }

  private static WSS4JAttachment attachmentOf(Ebms3PartInfo part, List<WSS4JAttachment> attachments) {
    return attachments.stream()
        .filter(attachment -> part.getHref().equals("cid:" + attachment.getId()))
        .findFirst()
        .orElseThrow();
  }

  private static Header.Payload writePayload(Ebms3PartInfo part, WSS4JAttachment attachment, Path file)
      throws IOException {
    try (var stream = attachment.getSourceStream()) {
      Files.copy(stream, file);
    }
    List<Header.Property> properties = properties(part.getPartProperties().getProperty());
    return new Header.Payload(
        attachment.getId(),
        // Not that of the attachment: for an uncompressed one, phase4 gives the type that EncryptedData names.
        valueOf("MimeType", properties),
        attachment.getCompressionMode() != null,
        properties,
        file.getFileName().toString(),
        Files.size(file),
        Sha256.of(Files.readAllBytes(file)));
  }

  private static String valueOf(String name, List<Header.Property> properties) {
    return properties.stream()
        .filter(it -> it.name().equals(name))
        .map(Header.Property::value)
        .findFirst()
        .orElse(null);
  }

  private static Header header(
      Ebms3UserMessage message, List<Header.Payload> payloads, IAS4IncomingMessageState state) {
    Ebms3MessageInfo id = message.getMessageInfo();
    Ebms3CollaborationInfo collaboration = message.getCollaborationInfo();
    var agreement = collaboration.getAgreementRef();
    var from = message.getPartyInfo().getFrom();
    var to = message.getPartyInfo().getTo();
    return new Header(
        id.getMessageId(),
        id.getRefToMessageId(),
        collaboration.getConversationId(),
        agreement == null ? null : agreement.getValue(),
        new Header.Value(collaboration.getService().getType(), collaboration.getService().getValue()),
        collaboration.getAction(),
        party(from.getPartyIdAtIndex(0), from.getRole()),
        party(to.getPartyIdAtIndex(0), to.getRole()),
        message.getMessageProperties() == null ? List.of() : properties(message.getMessageProperties().getProperty()),
        payloads,
        signedReferences(state),
        Sha256.of(state.getSigningCertificate()));
  }

  private static Header.Party party(Ebms3PartyId id, String role) {
    return new Header.Party(id.getType(), id.getValue(), role);
  }

  private static List<Header.Property> properties(List<Ebms3Property> properties) {
    return properties.stream().map(it -> new Header.Property(it.getName(), it.getType(), it.getValue())).toList();
  }

  /** WSS4J has verified each of these; that they cover everything is for the test to say, phase4 does not ask. */
  private static List<String> signedReferences(IAS4IncomingMessageState state) {
    return MessageHelperMethods.getAllDSigReferences(state.getEffectiveDecryptedSoapDocument()).stream()
        .map(ReferenceType::getURI)
        .toList();
  }

  @Override
  public AS4SignalMessageProcessorResult processAS4SignalMessage(
      IAS4IncomingMessageMetadata metadata,
      HttpHeaderMap httpHeaders,
      Ebms3SignalMessage message,
      IPMode pMode,
      IAS4IncomingMessageState state,
      AS4ErrorList errors) {
    // Receipts and errors come back in the HTTP response, never as a message of their own.
    refuse(EEbmsError.EBMS_POLICY_NONCOMPLIANCE, "Signals are only expected as responses.", state, errors);
    return AS4SignalMessageProcessorResult.createFailure();
  }

  @Override
  public void processAS4ResponseMessage(
      IAS4IncomingMessageMetadata metadata,
      IAS4IncomingMessageState state,
      String responseMessageId,
      byte[] response,
      boolean responseAvailable,
      AS4ErrorList errors) {
    // phase4 has sent its answer; nothing is left to do.
  }
}
