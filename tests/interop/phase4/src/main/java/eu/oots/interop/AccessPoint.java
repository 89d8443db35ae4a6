package eu.oots.interop;

import com.helger.collection.commons.CommonsArrayList;
import com.helger.http.header.HttpHeaderMap;
import com.helger.phase4.attachment.IAS4IncomingAttachmentFactory;
import com.helger.phase4.incoming.AS4IncomingMessageMetadata;
import com.helger.phase4.incoming.AS4IncomingProfileSelectorConstant;
import com.helger.phase4.incoming.AS4IncomingReceiverConfiguration;
import com.helger.phase4.incoming.AS4RequestHandler;
import com.helger.phase4.incoming.crypto.AS4IncomingSecurityConfiguration;
import com.helger.phase4.util.Phase4Exception;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving end: an HTTP server on the loopback address that hands every POST on /as4 to phase4.
 *
 * <p>phase4's request handler does not need a servlet container, so the JDK's own server is enough.
 */
final class AccessPoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessPoint.class);

  private final Keys keys;
  private final OotsPModes pModes;
  private final Inbox inbox;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  /** With {@code tlsKeys}, only clients that show a trusted certificate are let in; without, it is plain HTTP. */
  AccessPoint(int port, Keys keys, Keys tlsKeys, OotsPModes pModes, Inbox inbox)
      throws IOException, GeneralSecurityException {
    this.keys = keys;
    this.pModes = pModes;
    this.inbox = inbox;
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    this.server = tlsKeys == null ? HttpServer.create(address, 0) : httpsServer(address, tlsKeys);
    server.setExecutor(threads);
    server.createContext("/as4", this::answer);
    server.start();
  }

  private static HttpsServer httpsServer(InetSocketAddress address, Keys tlsKeys)
      throws IOException, GeneralSecurityException {
    HttpsServer https = HttpsServer.create(address, 0);
    https.setHttpsConfigurator(
        new HttpsConfigurator(tlsKeys.tls()) {
          @Override
          public void configure(HttpsParameters connection) {
            SSLParameters parameters = getSSLContext().getDefaultSSLParameters();
            parameters.setNeedClientAuth(true);
            connection.setSSLParameters(parameters);
          }
        });
    return https;
  }

  String url() {
    String scheme = server instanceof HttpsServer ? "https" : "http";
    return scheme + "://127.0.0.1:" + server.getAddress().getPort() + "/as4";
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var response = new Response();
      if ("POST".equals(exchange.getRequestMethod())) {
        receive(exchange, response);
      } else {
        response.setStatus(405);
      }
      response.send(exchange);
    }
  }

  /** The statuses on failure are those of phase4's own servlet. */
  private void receive(HttpExchange exchange, Response response) {
    try (var handler = new AS4RequestHandler(AS4IncomingMessageMetadata.createForRequest())) {
      handler.setCryptoFactory(keys.cryptoFactory());
      handler.setPModeResolver(pModes);
      handler.setIncomingProfileSelector(new AS4IncomingProfileSelectorConstant(null, false));
      handler.setIncomingAttachmentFactory(IAS4IncomingAttachmentFactory.DEFAULT_INSTANCE);
      handler.setIncomingSecurityConfiguration(AS4IncomingSecurityConfiguration.createDefaultInstance());
      handler.setIncomingReceiverConfiguration(new AS4IncomingReceiverConfiguration());
      handler.setProcessorSupplier(() -> new CommonsArrayList<>(inbox));
      handler.handleRequest(exchange.getRequestBody(), headers(exchange), response);
    } catch (Phase4Exception error) {
      LOG.warn("Not an AS4 message", error);
      response.setStatus(400);
    } catch (Exception error) {
      LOG.error("phase4 failed", error);
      response.setStatus(500);
    }
  }

  private static HttpHeaderMap headers(HttpExchange exchange) {
    var headers = new HttpHeaderMap();
    exchange.getRequestHeaders().forEach((name, values) -> values.forEach(value -> headers.addHeader(name, value)));
    return headers;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
