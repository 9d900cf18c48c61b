package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A forward proxy in file and code. */
@Tag("fast")
final class ForwardSpecTest {
    private static ProxySpec read(String fields) {
        return ConfigReader.proxy("out", Texts.parse("protocol = forward\n" + fields));
    }

    private static List<String> mistakes(String fields) {
        return assertThrows(InvalidConfigException.class, () -> read(fields)).errors().stream()
                .map(error -> error.path().replaceFirst("^proxies\\.out\\.?", "") + ": " + error.message())
                .toList();
    }

    @Test
    void everyKey() {
        ProxySpec expected = ProxySpec.forward()
                .named("out")
                .with(Options.DEFAULTS.forward(Samples.EVERY_ACCESS))
                .listeningOn("", 3128);
        assertEquals(expected, read("""
            listen = ":3128"
            allow = ["*.example.com:443", 10.0.0.0/8, "[fd00::/8]:80"]
            deny = secret.example.com
            credentials-file = users
            """));
    }

    @Test
    void itIsWrittenAsItIsRead() {
        ProxySpec spec = ProxySpec.forward().with(Options.DEFAULTS.forward(Samples.EVERY_ACCESS));
        ChaosConfig config = new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, List.of(spec));
        assertEquals(
                config.proxies(),
                ChaosConfig.parse(ConfigWriter.hocon(ConfigWriter.write(config)))
                        .proxies());
        assertEquals("", Upstream.text(spec));
    }

    @Test
    void itHasNoUpstream() {
        assertEquals(
                List.of("upstream: does not go with protocol = forward: clients name their targets"),
                mistakes("listen = \"127.0.0.1:0\", upstream = \"a:1\""));
        InvalidValueException refused =
                assertThrows(InvalidValueException.class, () -> ProxySpec.to(Protocol.FORWARD, new Address("a", 1)));
        assertEquals("upstream", refused.key());
        assertThrows(InvalidValueException.class, () -> Upstream.parse(Protocol.FORWARD, "a:1"));
        assertThrows(InvalidValueException.class, () -> ProxySpec.forward().upstreamTls(UpstreamTls.DEFAULTS));
    }

    @ParameterizedTest
    @ValueSource(strings = {":3128", "0.0.0.0:3128", "[::]:3128", "10.0.0.1:3128", "proxy.example.com:3128"})
    void othersMustNotUseItForEverything(String listen) {
        String needs =
                "a forward proxy on another address than loopback needs credentials-file, credentials-env or allow";
        assertEquals(List.of("listen: " + needs), mistakes("listen = \"" + listen + "\""));
        assertEquals(List.of("listen: " + needs), mistakes("listen = \"" + listen + "\", deny = \"*:25\""));
        read("listen = \"" + listen + "\", allow = \"*:443\"");
        read("listen = \"" + listen + "\", credentials-file = users");
        read("listen = \"" + listen + "\", credentials-env = USERS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:0", "127.8.8.8:0", "[::1]:0", "localhost:3128"})
    void onLoopbackItIsOpen(String listen) {
        assertEquals(
                ForwardAccess.OPEN,
                read("listen = \"" + listen + "\"").options().forward());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "allow = \"a:x\"; allow: port must be from 1 to 65535, or *: \"a:x\"",
                "allow = [a, \"http://b\"]; allow: port must be from 1 to 65535, or *: \"http://b\"",
                "deny = 10.0.0.0/33; deny: prefix must be from 0 to 32: \"10.0.0.0/33\"",
                "credentials-env = \"a b\"; credentials-env: must be the name of an environment variable, which has"
                        + " user:password",
                "credentials-file = a, credentials-env = b; credentials-env: does not go with credentials-file",
                "upstream-tls { insecure = true }; upstream-tls: needs intercept with protocol = forward: without it"
                        + " clients negotiate TLS with their targets themselves",
                "tls { self-signed = true, alpn = h2 }; tls.alpn: h2 needs protocol = tcp or auto: http and forward"
                        + " proxies speak HTTP/1",
                "tls = passthrough; tls: passthrough needs protocol = tcp or auto: what is encrypted has no requests"
            })
    void refusals(String fields, String mistake) {
        assertTrue(
                mistakes("listen = \"127.0.0.1:0\", " + fields).contains(mistake),
                mistakes("listen = \"127.0.0.1:0\", " + fields).toString());
    }

    @Test
    void codeOffersNoHttp2EitherWhereItIsNotSpoken() {
        ListenerTls http2 = ListenerTls.Terminated.selfSigned().alpn("h2", "http/1.1");
        for (ProxySpec each : List.of(ProxySpec.forward(), ProxySpec.http("a", 1))) {
            assertEquals(
                    "tls: alpn: h2 needs protocol = tcp or auto: http and forward proxies speak HTTP/1",
                    assertThrows(InvalidValueException.class, () -> each.tls(http2))
                            .getMessage());
        }
        assertEquals(Optional.of(http2), ProxySpec.tcp("a", 1).tls(http2).tls());
        assertEquals(
                Optional.of(http2),
                ProxySpec.to(Protocol.AUTO, new Address("a", 1)).tls(http2).tls());
    }

    @Test
    void otherProxiesHaveNoAccess() {
        for (String key : List.of("allow = a", "deny = a", "credentials-file = a", "credentials-env = a")) {
            String name = key.substring(0, key.indexOf(' '));
            assertEquals(List.of(name + ": needs protocol = forward"), Texts.shopMistakes(key));
        }
    }

    @Test
    void aPatchChangesOneKey() {
        ProxySpec before = ProxySpec.forward().with(Options.DEFAULTS.forward(Samples.EVERY_ACCESS));
        ProxyDraft draft = ProxyDraft.of(before);
        draft.patch(Map.of("allow", ConfigValueFactory.fromIterable(Arrays.asList("*:80"))), Map.of());
        ForwardAccess after = draft.read().options().forward();
        assertEquals(List.of(TargetPattern.parse("*:80")), after.allow());
        assertEquals(Samples.EVERY_ACCESS.deny(), after.deny());
        assertEquals(Samples.EVERY_ACCESS.credentialsFile(), after.credentialsFile());

        ProxyDraft removing = ProxyDraft.of(before);
        removing.patch(Map.of("credentials-file", ConfigValueFactory.fromAnyRef(null)), Map.of());
        assertEquals(Optional.empty(), removing.read().options().forward().credentialsFile());
    }
}
