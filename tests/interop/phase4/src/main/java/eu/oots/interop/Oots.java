package eu.oots.interop;

import java.util.Set;

/** The header values that all OOTS messages share. */
final class Oots {
  static final String PARTY_ID_TYPE = "urn:oasis:names:tc:ebcore:partyid-type:unregistered:oots";
  static final String ROLE = "http://sdg.europa.eu/edelivery/gateway";
  static final String SERVICE = "QueryManager";
  static final String SERVICE_TYPE = "urn:oasis:names:tc:ebcore:ebrs:ebms:binding:1.0";
  static final Set<String> ACTIONS = Set.of("ExecuteQueryRequest", "ExecuteQueryResponse", "ExceptionResponse");

  /** phase4 wants a name here; no profile module stands behind it. */
  static final String PROFILE = "oots";

  private Oots() {}
}
