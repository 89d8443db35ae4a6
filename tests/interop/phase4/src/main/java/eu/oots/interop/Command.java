package eu.oots.interop;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.file.Path;
import java.util.List;

/** One line of standard input; the property {@code do} tells which. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "do")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Command.Receive.class, name = "receive"),
  @JsonSubTypes.Type(value = Command.Send.class, name = "send"),
  @JsonSubTypes.Type(value = Command.Quit.class, name = "quit"),
})
sealed interface Command {
  /** Open an access point on a port (0: any free one) that delivers into a folder. */
  record Receive(int port, Path inbox, boolean tls) implements Command {}

  /** Push one message. What is absent gets the value that OOTS prescribes. */
  record Send(
      String url,
      String from,
      String to,
      Header.Value service,
      String action,
      String messageId,
      String conversationId,
      List<Header.Property> properties,
      List<Payload> payloads)
      implements Command {}

  /** A payload to send: the bytes of a file. */
  record Payload(Path file, String cid, String mimeType, boolean compress) {}

  record Quit() implements Command {}
}
