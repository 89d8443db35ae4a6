package eu.oots.interop;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** SHA-256 in lower-case hexadecimal digits. */
final class Sha256 {
  private Sha256() {}

  static String of(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  static String of(X509Certificate certificate) {
    try {
      return certificate == null ? null : of(certificate.getEncoded());
    } catch (GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }
}
