package eu.oots.interop;

import com.helger.phase4.crypto.AS4CryptoFactoryInMemoryKeyStore;
import com.helger.phase4.crypto.IAS4CryptoFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** One own key and the certificates of all parties, each from a PKCS#12 file. */
final class Keys {
  private final KeyStore own;
  private final String alias;
  private final KeyStore trusted;
  private final char[] password;

  /** The key is the only entry of {@code ownFile}; the aliases of {@code trustFile} are the parties' identifiers. */
  Keys(Path ownFile, Path trustFile, char[] password) throws GeneralSecurityException, IOException {
    this.own = load(ownFile, password);
    this.alias = own.aliases().nextElement();
    this.trusted = load(trustFile, password);
    this.password = password.clone();
  }

  private static KeyStore load(Path file, char[] password) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var stream = Files.newInputStream(file)) {
      store.load(stream, password);
    }
    return store;
  }

  IAS4CryptoFactory cryptoFactory() {
    return new AS4CryptoFactoryInMemoryKeyStore(own, alias, password, trusted);
  }

  /** The certificate on file for a party, or null when we do not know it. */
  X509Certificate certificateOf(String party) {
    try {
      return (X509Certificate) trusted.getCertificate(party);
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  /** For both ends of TLS: we show our certificate, and believe those on file. */
  SSLContext tls() throws GeneralSecurityException {
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(own, password);
    var trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trustManagers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
    return context;
  }
}
