package eu.oots.interop;

import com.helger.base.state.ETriState;
import com.helger.phase4.CAS4;
import com.helger.phase4.crypto.ECryptoAlgorithmCrypt;
import com.helger.phase4.crypto.ECryptoAlgorithmSign;
import com.helger.phase4.crypto.ECryptoAlgorithmSignDigest;
import com.helger.phase4.model.EMEP;
import com.helger.phase4.model.EMEPBinding;
import com.helger.phase4.model.ESoapVersion;
import com.helger.phase4.model.pmode.IPMode;
import com.helger.phase4.model.pmode.PMode;
import com.helger.phase4.model.pmode.PModeParty;
import com.helger.phase4.model.pmode.PModeReceptionAwareness;
import com.helger.phase4.model.pmode.leg.EPModeSendReceiptReplyPattern;
import com.helger.phase4.model.pmode.leg.PModeLeg;
import com.helger.phase4.model.pmode.leg.PModeLegBusinessInformation;
import com.helger.phase4.model.pmode.leg.PModeLegErrorHandling;
import com.helger.phase4.model.pmode.leg.PModeLegProtocol;
import com.helger.phase4.model.pmode.leg.PModeLegSecurity;
import com.helger.phase4.model.pmode.resolve.IAS4PModeResolver;
import com.helger.phase4.wss.EWSSVersion;

/**
 * The P-Modes of OOTS: one-way pushes between parties whose certificates are on file, under the RSA profile of
 * eDelivery AS4 1.15, without an agreement.
 *
 * <p>phase4 asks for them by value only: types and roles of a received message are compared by nobody but the tests.
 */
final class OotsPModes implements IAS4PModeResolver {
  private final Keys keys;

  OotsPModes(Keys keys) {
    this.keys = keys;
  }

  /** The P-Mode of a message that came in, or null: phase4 then answers EBMS:0010. */
  @Override
  public IPMode findPMode(
      String id, String service, String action, String initiator, String responder, String agreement, String address) {
    boolean agreed =
        Oots.SERVICE.equals(service)
            && Oots.ACTIONS.contains(action)
            && agreement == null
            && keys.certificateOf(initiator) != null
            && keys.certificateOf(responder) != null;
    return agreed ? pMode(service, Oots.SERVICE_TYPE, action, initiator, responder) : null;
  }

  /** phase4 tells the peer what it asked in vain. */
  @Override
  public String toString() {
    return "the P-Modes of OOTS";
  }

  PMode pMode(String service, String serviceType, String action, String initiator, String responder) {
    var business = new PModeLegBusinessInformation(service, serviceType, action, null, null, null, CAS4.DEFAULT_MPC_ID);
    var protocol = new PModeLegProtocol(null, ESoapVersion.SOAP_12);
    var leg = new PModeLeg(protocol, business, errorHandling(), null, security());
    return new PMode(
        String.join("-", initiator, responder, action),
        party(initiator),
        party(responder),
        "",
        EMEP.ONE_WAY,
        EMEPBinding.PUSH,
        leg,
        null,
        null,
        receptionAwareness());
  }

  private static PModeParty party(String id) {
    return new PModeParty(Oots.PARTY_ID_TYPE, id, Oots.ROLE, null, null);
  }

  private static PModeLegErrorHandling errorHandling() {
    PModeLegErrorHandling handling = PModeLegErrorHandling.createUndefined();
    handling.setReportAsResponse(true);
    handling.setReportProcessErrorNotifyConsumer(true);
    handling.setReportProcessErrorNotifyProducer(true);
    handling.setReportDeliveryFailuresNotifyProducer(true);
    return handling;
  }

  private static PModeLegSecurity security() {
    var security = new PModeLegSecurity();
    security.setWSSVersion(EWSSVersion.WSS_111);
    security.setX509SignatureAlgorithm(ECryptoAlgorithmSign.RSA_SHA_256);
    security.setX509SignatureHashFunction(ECryptoAlgorithmSignDigest.DIGEST_SHA_256);
    security.setX509EncryptionAlgorithm(ECryptoAlgorithmCrypt.AES_128_GCM);
    security.setX509EncryptionMinimumStrength(128);
    security.setPModeAuthorize(false);
    security.setSendReceipt(true);
    security.setSendReceiptReplyPattern(EPModeSendReceiptReplyPattern.RESPONSE);
    security.setSendReceiptNonRepudiation(true);
    return security;
  }

  /** One attempt only: a test wants to see the first answer. */
  private static PModeReceptionAwareness receptionAwareness() {
    return new PModeReceptionAwareness(ETriState.TRUE, ETriState.FALSE, 0, 0, ETriState.TRUE);
  }
}
