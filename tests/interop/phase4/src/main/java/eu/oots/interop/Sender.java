package eu.oots.interop;

import com.helger.httpclient.HttpClientSettings;
import com.helger.mime.parse.MimeTypeParser;
import com.helger.phase4.attachment.AS4OutgoingAttachment;
import com.helger.phase4.incoming.AS4IncomingProfileSelectorConstant;
import com.helger.phase4.model.MessageProperty;
import com.helger.phase4.sender.AS4Sender;
import java.security.GeneralSecurityException;
import java.util.List;
import org.apache.hc.core5.util.Timeout;

/** The sending end: one signed, encrypted, pushed user message at a time. */
final class Sender {
  private final String ownParty;
  private final Keys keys;
  private final Keys tlsKeys;
  private final OotsPModes pModes;

  Sender(String ownParty, Keys keys, Keys tlsKeys, OotsPModes pModes) {
    this.ownParty = ownParty;
    this.keys = keys;
    this.tlsKeys = tlsKeys;
    this.pModes = pModes;
  }

  Answer.Sent send(Command.Send command) throws GeneralSecurityException {
    String from = command.from() == null ? ownParty : command.from();
    Header.Value service =
        command.service() == null ? new Header.Value(Oots.SERVICE_TYPE, Oots.SERVICE) : command.service();
    var outcome = new Outcome();
    var builder =
        AS4Sender.builderUserMessage()
            .httpClientFactory(httpSettings())
            .cryptoFactory(keys.cryptoFactory())
            .receiverCertificate(keys.certificateOf(command.to()))
            .as4ProfileID(Oots.PROFILE)
            .incomingProfileSelector(new AS4IncomingProfileSelectorConstant(null, false))
            .pmodeResolver(pModes)
            .pmode(pModes.pMode(service.value(), service.type(), command.action(), from, command.to()))
            .endpointURL(command.url())
            .messageID(command.messageId())
            .conversationID(command.conversationId())
            .service(service.type(), service.value())
            .action(command.action())
            .fromPartyIDType(Oots.PARTY_ID_TYPE)
            .fromPartyID(from)
            .fromRole(Oots.ROLE)
            .toPartyIDType(Oots.PARTY_ID_TYPE)
            .toPartyID(command.to())
            .toRole(Oots.ROLE)
            .messageProperties(messageProperties(command.properties()))
            .attachments(command.payloads().stream().map(Sender::attachment).toList())
            .signalMsgConsumer(outcome)
            .signalMsgValidationResultHdl(outcome);
    String result = builder.sendMessageAndCheckForReceipt(outcome::failed).name();
    return outcome.answer(result, command.messageId());
  }

  private HttpClientSettings httpSettings() throws GeneralSecurityException {
    var settings = new HttpClientSettings();
    settings.setFollowRedirects(false);
    settings.setResponseTimeout(Timeout.ofSeconds(60));
    if (tlsKeys != null) {
      settings.setSSLContext(tlsKeys.tls());
    }
    return settings;
  }

  private static List<MessageProperty> messageProperties(List<Header.Property> properties) {
    return properties.stream().map(it -> new MessageProperty(it.name(), it.type(), it.value())).toList();
  }

  private static AS4OutgoingAttachment attachment(Command.Payload payload) {
    var builder =
        AS4OutgoingAttachment.builder()
            .data(payload.file().toFile())
            .contentID(payload.cid())
            .mimeType(MimeTypeParser.safeParseMimeType(payload.mimeType()));
    return (payload.compress() ? builder.compressionGZIP() : builder).build();
  }
}
