package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.config.Intercept.OnRefusal;
import io.chaosproxy.fault.InvalidValueException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
final class InterceptTest {
    private static ProxySpec read(String fields) {
        String text = "chaos-proxy.proxies.web { protocol = forward, listen = \"127.0.0.1:0\", " + fields + " }";
        return ConfigReader.read(ConfigFactory.parseString(text)).proxies().getFirst();
    }

    private static List<String> mistakes(String fields) {
        return assertThrows(InvalidConfigException.class, () -> read(fields)).errors().stream()
                .map(error -> error.path().replace("proxies.web.", "") + ": " + error.message())
                .toList();
    }

    @Test
    void theAuthorityIsEnough() {
        assertEquals(
                Intercept.all(Path.of("ca.pem"), Path.of("ca.key")),
                read("intercept { ca = ca.pem, key = ca.key }").intercept().orElseThrow());
        assertEquals(Optional.empty(), read("").intercept());
    }

    @Test
    void everyField() {
        assertEquals(Optional.of(Samples.EVERY_INTERCEPT), read("""
            intercept {
              ca = ca.pem, key = ca.key, password-file = secret
              only = ["*.example.com:443", "10.0.0.0/8"], except = bank.example.com
              on-refusal = passthrough, validity = 90d
            }
            """).intercept());
    }

    @Test
    void writtenAndReadItIsTheSame() {
        for (Intercept each : List.of(
                Samples.EVERY_INTERCEPT,
                Intercept.all(Path.of("a"), Path.of("b"))
                        .only("*")
                        .except("[::1]:1")
                        .onRefusal(OnRefusal.PASSTHROUGH))) {
            ProxySpec spec =
                    ProxySpec.forward().intercept(each).upstreamTls(UpstreamTls.DEFAULTS.trusting(Path.of("c")));
            assertEquals(spec, ProxyDraft.of(spec).read());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "intercept {}| intercept.ca: is missing; it must be the name of a file",
                "intercept { ca = a, validity = 198d }| intercept.validity: must be at most 197 days, not PT4752H",
                "intercept { ca = a, validity = 59m }| intercept.validity: must be at least 1 hour, not PT59M",
                "intercept { ca = a, on-refusal = pass }| intercept.on-refusal: must be one of fail, passthrough, not"
                        + " \"pass\"; did you mean passthrough?",
                "intercept { ca = a, only = \"http://a\" }| intercept.only: port must be from 1 to 65535, or *:"
                        + " \"http://a\"",
                "intercept { ca = a, excpt = b }| intercept.excpt: unknown key; did you mean except?",
                "intercept { ca = a }, upstream-tls { server-name = b }| upstream-tls: server-name does not go with"
                        + " intercept: each target has a name of its own",
                "upstream-tls { insecure = true }| upstream-tls: needs intercept with protocol = forward: without it"
                        + " clients negotiate TLS with their targets themselves",
                "faults { a { type = certificate, kind = expired } }| faults.a.type: a certificate of the TLS"
                        + " handshake needs tls { ... }, or intercept { ... } on a forward proxy"
            })
    void refusals(String fields, String mistake) {
        assertEquals(List.of(mistake), mistakes(fields));
    }

    @Test
    void allMistakesAreReported() {
        assertEquals(
                List.of(
                        "intercept.ca: is missing; it must be the name of a file",
                        "intercept.on-refusal: must be one of fail, passthrough, not \"pass\"; did you mean"
                                + " passthrough?",
                        "intercept.validity: must be at most 197 days, not PT7200H",
                        "intercept.ownly: unknown key; did you mean only?"),
                mistakes("intercept { validity = 300d, on-refusal = pass, ownly = a }"));
    }

    @Test
    void otherProxiesInterceptNothing() {
        assertEquals(List.of("intercept: needs protocol = forward"), Texts.shopMistakes("intercept { ca = a }"));
    }

    @Test
    void withItRulesOfTheHandshakeAreAccepted() {
        assertEquals(
                1,
                read("intercept { ca = a }, faults { a { type = certificate, kind = expired } }")
                        .plan()
                        .rules()
                        .size());
    }

    @Test
    void aPatchReplacesItAsAWhole() {
        ProxyDraft draft = ProxyDraft.of(ProxySpec.forward().intercept(Samples.EVERY_INTERCEPT));
        draft.patch(Map.of("intercept", ConfigValueFactory.fromMap(Map.of("ca", "x"))), Map.of());
        assertEquals(
                Path.of("x"), draft.read().intercept().orElseThrow().authority().certificate());
        ProxyDraft removing = ProxyDraft.of(ProxySpec.forward().intercept(Samples.EVERY_INTERCEPT));
        removing.patch(Map.of("intercept", ConfigValueFactory.fromAnyRef(null)), Map.of());
        assertEquals(Optional.empty(), removing.read().intercept());
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', true",
        "a.example, '', true",
        "'', a.example, false",
        "a.example, a.example, false",
        "b.example, '', true", // by the name in TLS
        "'', b.example, false",
        "'a.example:444', '', false",
        "'*.example:443', '', true",
        "192.0.2.0/24, '', true",
        "'', 192.0.2.1, false",
        "c.example, '', false"
    })
    void aTargetIsSelectedByEitherNameOrItsAddress(String only, String except, boolean selected) throws Exception {
        Intercept how = Intercept.all(Path.of("a"), Path.of("b"));
        how = only.isEmpty() ? how : how.only(only);
        how = except.isEmpty() ? how : how.except(except);
        InetAddress address = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1});
        assertEquals(selected, how.selects(new Address("a.example", 443), Optional.of("b.example"), address));
    }

    /** It stands in comments there, since the file is to run without an authority. */
    @Test
    void theExampleOfTheForwardProxyCanBeRead() throws Exception {
        String example = Files.readAllLines(Path.of("conf/forward.conf")).stream()
                .map(String::strip)
                .dropWhile(line -> !line.equals("# secure {"))
                .takeWhile(line -> line.startsWith("#"))
                .map(line -> line.substring(1))
                .collect(Collectors.joining("\n"));
        ProxySpec secure = ConfigReader.read(ConfigFactory.parseString("chaos-proxy.proxies { " + example + " }"))
                .proxies()
                .getFirst();
        assertEquals(OnRefusal.PASSTHROUGH, secure.intercept().orElseThrow().onRefusal());
        assertEquals(2, secure.plan().rules().size());
    }

    @Test
    void codeIsRefusedTheSame() {
        Intercept some = Intercept.all(Path.of("a"), Path.of("b"));
        assertThrows(InvalidValueException.class, () -> some.only(" "));
        assertThrows(InvalidValueException.class, () -> ProxySpec.tcp("a", 1).intercept(some));
        assertTrue(Intercept.MAX_VALIDITY.compareTo(Duration.ofDays(198)) < 0);
    }
}
