package eu.oots.interop;

import com.helger.base.io.iface.IHasInputStream;
import com.helger.http.header.HttpHeaderMap;
import com.helger.mime.IMimeType;
import com.helger.phase4.incoming.IAS4ResponseAbstraction;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;

/** Collects what phase4 wants to answer, and sends it through the JDK's HTTP server. */
final class Response implements IAS4ResponseAbstraction {
  // phase4 leaves the status untouched when the body is not XML at all.
  private int status = 400;
  private IMimeType mimeType;
  private Charset charset;
  private byte[] content = {};

  @Override
  public void setContent(byte[] bytes, Charset contentCharset) {
    content = bytes;
    charset = contentCharset;
  }

  @Override
  public void setContent(HttpHeaderMap headers, IHasInputStream source) {
    try (var stream = source.getInputStream()) {
      content = stream.readAllBytes();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  @Override
  public void setMimeType(IMimeType contentType) {
    mimeType = contentType;
  }

  @Override
  public void setStatus(int statusCode) {
    status = statusCode;
  }

  void send(HttpExchange exchange) throws IOException {
    if (mimeType != null) {
      String suffix = charset == null ? "" : ";charset=" + charset.name();
      exchange.getResponseHeaders().set("Content-Type", mimeType.getAsString() + suffix);
    }
    exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
    if (content.length > 0) {
      exchange.getResponseBody().write(content);
    }
  }
}
