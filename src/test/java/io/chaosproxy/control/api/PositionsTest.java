package io.chaosproxy.control.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ConfigReference;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.control.api.NativeRig.Answer;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where faults act: file, API and code reject a fault at a position at which it can't, each with the same sentence. */
final class PositionsTest {
    private static final String NEEDS_TLS =
            " of the TLS handshake needs tls { ... }, or intercept { ... } on a forward proxy";
    private static final String NO_REQUEST_AT_ACCEPT =
            "when: there is no request yet when a connection is accepted: only"
                    + " client, target, order and time can be conditions";
    private static final String NO_REQUEST_IN_TLS =
            "when: there is no request yet while TLS is negotiated: only client,"
                    + " sni, target, order and time can be conditions";
    private static final String NO_HELLO = "when: there is no ClientHello yet when a connection is accepted, so no sni";
    private static final String NO_TARGET =
            "when: no target is known when a connection to a forward proxy is accepted, so no target";
    private static final String NO_POSITION = "at: unknown key";

    /** A rule that has no place on a proxy. */
    record Misplaced(String rule, String proxy, String reason) {}

    private static Misplaced of(String rule, String proxy, String reason) {
        return new Misplaced(rule, proxy, reason);
    }

    static List<Misplaced> misplaced() {
        return List.of(
                of("type = refuse, how = reset, when.path = \"/a\"", "protocol = http", NO_REQUEST_AT_ACCEPT),
                of("type = refuse, how = reset, when.sni = a", "protocol = auto", NO_HELLO),
                of(
                        "type = refuse, how = reset, per = second",
                        "protocol = tcp",
                        "per: a refuse happens once, not each second"),
                of("type = refuse, how = reset, when.target = a", "protocol = forward", NO_TARGET),
                of("type = reset, at = accept, when.target = a", "protocol = forward", NO_TARGET),
                of("type = reset, at = accept, when.method = GET", "protocol = http", NO_REQUEST_AT_ACCEPT),
                of("type = reset, at = accept, when.sni = a", "protocol = auto", NO_HELLO),
                of("type = reset, at = hello", "protocol = http", "type: a reset" + NEEDS_TLS),
                of("type = reset, at = hello", "protocol = auto", "type: a reset" + NEEDS_TLS),
                of("type = reset, at = hello", "protocol = tcp, tls = passthrough", "type: a reset" + NEEDS_TLS),
                of(
                        "type = reset, at = hello, when.path = \"/a\"",
                        "protocol = http, tls.self-signed = true",
                        NO_REQUEST_IN_TLS),
                of("type = reset, at = handshake", "protocol = tcp", "type: a reset" + NEEDS_TLS),
                of(
                        "type = reset, at = request, direction = down",
                        "protocol = tcp",
                        "direction: this reset acts on no byte that goes down"),
                of(
                        "type = reset, at = first-byte, direction = up",
                        "protocol = http",
                        "direction: this reset acts on no byte that goes up"),
                of(
                        "type = reset, at = body, direction = up",
                        "protocol = http",
                        "direction: this reset acts on no byte that goes up"),
                of("type = latency, at = handshake, delay = 1s", "protocol = http", "type: a latency" + NEEDS_TLS),
                of(
                        "type = latency, at = handshake, delay = 1s, when.host = a",
                        "protocol = auto, tls.self-signed = true",
                        NO_REQUEST_IN_TLS),
                of(
                        "type = latency, at = handshake, delay = 1s, scope = stream",
                        "protocol = http, tls.self-signed = true",
                        "scope: does not go with at = handshake"),
                of("type = certificate, kind = expired", "protocol = http", "type: a certificate" + NEEDS_TLS),
                of(
                        "type = certificate, kind = expired",
                        "protocol = tcp, tls = passthrough",
                        "type: a certificate" + NEEDS_TLS),
                of(
                        "type = certificate, kind = expired, when.header.A = b",
                        "protocol = http, tls.self-signed = true",
                        NO_REQUEST_IN_TLS),
                of(
                        "type = certificate, kind = expired, direction = up",
                        "protocol = http, tls.self-signed = true",
                        "direction: this certificate acts on no byte that goes up"),
                of(
                        "type = certificate, kind = expired, direction = down",
                        "protocol = tcp, tls.self-signed = true",
                        "direction: this certificate acts on no byte that goes down"),
                of(
                        "type = reset, at = hello, direction = up",
                        "protocol = http, tls.self-signed = true",
                        "direction: this reset acts on no byte that goes up"),
                of(
                        "type = reset, at = handshake, direction = down",
                        "protocol = http, tls.self-signed = true",
                        "direction: this reset acts on no byte that goes down"),
                of(
                        "type = latency, at = handshake, delay = 1s, direction = up",
                        "protocol = auto, tls.self-signed = true",
                        "direction: this latency acts on no byte that goes up"),
                of("type = respond, status = 503", "protocol = tcp", "type: respond needs protocol = http or auto"),
                of("type = truncate, at = 1", "protocol = tcp", "type: truncate needs protocol = http or auto"),
                of(
                        "type = headers, on = request, remove = [A]",
                        "protocol = tcp",
                        "type: headers needs protocol = http or auto"),
                of("type = corrupt, bytes = 1, within = 10, at = accept", "protocol = tcp", NO_POSITION),
                of("type = rate, rate = 1KiB, at = accept", "protocol = tcp", NO_POSITION),
                of("type = outage, min = 1s, max = 1s, at = request", "protocol = http", NO_POSITION),
                of("type = timeout, silence = 1s, at = request", "protocol = http", NO_POSITION),
                of("type = slice, size = 1, at = body", "protocol = http", NO_POSITION),
                of("type = limit, bytes = 1, at = body", "protocol = http", NO_POSITION),
                of("type = slow-close, delay = 1s, at = accept", "protocol = tcp", NO_POSITION));
    }

    private static ProxySpec proxy(Misplaced rule, String faults) {
        boolean http = rule.proxy().startsWith("protocol = http");
        String upstream = http ? "http://127.0.0.1:9" : "127.0.0.1:9";
        String leads = rule.proxy().startsWith("protocol = forward") ? "" : ", upstream = \"" + upstream + "\"";
        String fields = rule.proxy() + ", listen = \"127.0.0.1:0\"" + leads + faults;
        return ConfigReader.proxy("shop", ConfigFactory.parseString(fields));
    }

    @ParameterizedTest
    @MethodSource("misplaced")
    void aFileIsRejected(Misplaced rule) {
        InvalidConfigException rejected =
                assertThrows(InvalidConfigException.class, () -> proxy(rule, ", faults { x { " + rule.rule() + " } }"));
        assertEquals(1, rejected.errors().size(), rejected.getMessage());
        String error = rejected.errors().getFirst().path() + ": "
                + rejected.errors().getFirst().message();
        assertTrue(error.startsWith("proxies.shop.faults.x." + rule.reason()), error);
    }

    @ParameterizedTest
    @MethodSource("misplaced")
    void aCallIsRejected(Misplaced rule) throws Exception {
        String body = ConfigFactory.parseString(rule.rule()).root().render(ConfigRenderOptions.concise());
        try (NativeRig rig = new NativeRig()) {
            rig.fleet().add(proxy(rule, ""), false);
            Answer answer = rig.put("/api/v1/proxies/shop/rules/x", body);
            assertEquals(400, answer.status());
            assertEquals(1, answer.errors().size(), answer.body());
            assertTrue(answer.errors().getFirst().startsWith(rule.reason()), answer.body());
            assertEquals(Plan.CLEAN, rig.proxy("shop").plan());
        }
    }

    @ParameterizedTest
    @MethodSource("misplaced")
    void codeIsRejected(Misplaced misplaced) {
        Config fields = ConfigFactory.parseString(misplaced.rule());
        Optional<Rule> rule = made(fields);
        if (rule.isPresent()) { // else there is no such fault, or the rule's constructor has rejected it
            InvalidValueException rejected = assertThrows(
                    InvalidValueException.class, () -> proxy(misplaced, "").with(Plan.of(rule.get())));
            assertEquals("faults.x." + misplaced.reason(), rejected.getMessage());
        }
    }

    private static Optional<Rule> made(Config fields) {
        try {
            return Optional.of(ConfigReader.rule("x", fields, Protocol.AUTO));
        } catch (InvalidConfigException e) {
            return Optional.empty();
        }
    }

    @Test
    void noFaultIsForgotten() {
        Set<String> tested = misplaced().stream()
                .map(rule -> ConfigFactory.parseString(rule.rule()).getString("type"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                ConfigReference.types().stream()
                        .map(ConfigReference.FaultType::name)
                        .collect(Collectors.toCollection(TreeSet::new)),
                tested);
    }

    @Test
    void thePageHasEveryFault() throws Exception {
        String page = Files.readString(Path.of("src/docs/positions.md"));
        for (ConfigReference.FaultType type : ConfigReference.types()) {
            assertTrue(
                    Pattern.compile("^\\|.*`" + type.name() + "`.*\\|", Pattern.MULTILINE)
                            .matcher(page)
                            .find(),
                    type.name());
        }
    }
}
