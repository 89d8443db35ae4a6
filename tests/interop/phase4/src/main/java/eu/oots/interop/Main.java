package eu.oots.interop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.helger.phase4.CAS4Version;
import com.helger.phase4.mgr.MetaAS4Manager;
import com.helger.scope.mgr.ScopeManager;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;

/**
 * A phase4 access point in one long-lived process: a JSON command a line on standard input, a JSON answer a line on
 * standard output.
 *
 * <p>Options, each with a value: {@code --party} our identifier; {@code --keys} and {@code --trust} the PKCS#12 files
 * of AS4; {@code --tls-keys} and {@code --tls-trust} those of TLS, both or none; {@code --password} of all of them.
 */
public final class Main {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Keys keys;
  private final Keys tlsKeys;
  private final OotsPModes pModes;
  private final Sender sender;
  private AccessPoint accessPoint;

  private Main(Map<String, String> options) throws GeneralSecurityException, IOException {
    char[] password = options.get("--password").toCharArray();
    this.keys = new Keys(Path.of(options.get("--keys")), Path.of(options.get("--trust")), password);
    this.tlsKeys =
        options.containsKey("--tls-keys")
            ? new Keys(Path.of(options.get("--tls-keys")), Path.of(options.get("--tls-trust")), password)
            : null;
    this.pModes = new OotsPModes(keys);
    this.sender = new Sender(options.get("--party"), keys, tlsKeys, pModes);
  }

  public static void main(String[] arguments) throws GeneralSecurityException, IOException {
    var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // Whatever a library prints must not end up between the answers.
    System.setOut(System.err);
    ScopeManager.onGlobalBegin("interop");
    // AS4ServerInitializer would also schedule the forgetting of old message ids, which wants a servlet container.
    MetaAS4Manager.getInstance();
    var main = new Main(options(arguments));
    var ready = new Answer.Ready(true, CAS4Version.BUILD_VERSION, Runtime.version().toString());
    answers.println(JSON.writeValueAsString(ready));
    main.converse(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), answers);
    // The threads of an access point would keep the process alive.
    System.exit(0);
  }

  private static Map<String, String> options(String[] arguments) {
    var options = new HashMap<String, String>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  /** Until told to quit, or until whoever started us is gone and standard input ends. */
  private void converse(BufferedReader commands, PrintStream answers) throws IOException {
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      Answer answer = answer(line);
      answers.println(JSON.writeValueAsString(answer));
      if (answer instanceof Answer.Bye) {
        return;
      }
    }
  }

  private Answer answer(String line) {
    try {
      Command command = JSON.readValue(line, Command.class);
      if (command instanceof Command.Receive receive) {
        return receive(receive);
      }
      if (command instanceof Command.Send send) {
        return sender.send(send);
      }
      return new Answer.Bye(true);
    } catch (Exception error) {
      return new Answer.Failed(error.toString());
    }
  }

  private Answer receive(Command.Receive command) throws GeneralSecurityException, IOException {
    if (accessPoint != null) {
      accessPoint.close();
    }
    var inbox = new Inbox(command.inbox(), keys);
    accessPoint = new AccessPoint(command.port(), keys, command.tls() ? tlsKeys : null, pModes, inbox);
    return new Answer.Receiving(accessPoint.url());
  }
}
