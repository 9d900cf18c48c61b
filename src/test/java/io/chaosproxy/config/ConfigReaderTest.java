package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files, what they include, the environment, and what beats them. */
@Tag("fast")
class ConfigReaderTest {
    private static final String SHOP = """
        chaos-proxy {
          proxies {
            shop {
              protocol = http
              listen = "127.0.0.1:8080"
              upstream = "http://127.0.0.1:9000"
              latency = 1
            }
          }
        }
        """;

    @TempDir
    private Path folder;

    @Test
    void seedAndProxiesInTheOrderOfTheFile() throws IOException {
        ChaosConfig config = read(file("a.conf", """
            chaos-proxy {
              seed = 42
              proxies {
                z { protocol = tcp, listen = ":1", upstream = "a:1" }
                m { protocol = tcp, listen = ":2", upstream = "a:1" }
                a { protocol = tcp, listen = ":3", upstream = "a:1" }
                c { protocol = tcp, listen = ":4", upstream = "a:1" }, b { protocol = tcp, listen = ":5", upstream = "a:1" }
                m { backlog = 5 }
              }
            }
            other = "things are others'"
            """));

        assertEquals(OptionalLong.of(42), config.seed());
        assertEquals(List.of("z", "a", "b", "c", "m"), names(config));
    }

    @Test
    void aFileThatIsNestedTooDeeplyIsOneMistakeWithItsName() throws IOException {
        int levels = 100_000;
        Path file = Files.writeString(
                folder.resolve("deep.conf"), "chaos-proxy " + "{a:".repeat(levels) + "1" + "}".repeat(levels));
        InvalidConfigException refused =
                assertThrows(InvalidConfigException.class, () -> ConfigReader.load(file, Map.of()));
        assertEquals(
                List.of(file + ": is nested too deeply to be read"),
                refused.errors().stream().map(ConfigError::toString).toList());
    }

    @Test
    void withoutSeedAndProxies() {
        ChaosConfig config = Texts.config("chaos-proxy {}");

        assertEquals(OptionalLong.empty(), config.seed());
        assertTrue(config.proxies().isEmpty());
        assertTrue(config.common().rules().isEmpty());
    }

    @Test
    void proxiesMayHaveAnAncestorInCommon() {
        ChaosConfig config = Texts.config("""
            tcp {
              protocol = tcp
              upstream = "a:1"
              backlog = 7
            }
            chaos-proxy.proxies {
              z = ${tcp} { listen = ":1" }
              y = ${tcp} { listen = ":2", backlog = 8 }
              a = ${tcp} { listen = ":3" }
            }
            """);

        assertEquals(List.of("z", "y", "a"), names(config));
        assertEquals(
                List.of(7, 8, 7),
                config.proxies().stream()
                        .map(proxy -> proxy.options().backlog())
                        .toList());
    }

    @Test
    void includesStandBesideTheFileAndTellTheirOwnLines() throws IOException {
        file("rules.conf", "slow { type = latency, delay = 3s }\n\nbad { type = latency, delay = soon }");
        Path main = file("main.conf", SHOP + "chaos-proxy.proxies.shop.faults { include \"rules.conf\" }");

        InvalidConfigException errors = assertThrows(InvalidConfigException.class, () -> read(main));
        assertEquals(
                List.of(new ConfigError(
                        folder.resolve("rules.conf") + ":3",
                        "proxies.shop.faults.bad.delay",
                        "must be a duration such as 200ms, 2s or 1m, not \"soon\"")),
                errors.errors());

        file("rules.conf", "slow { type = latency, delay = 3s }");
        assertEquals(
                Rule.of("slow", Latency.of(Duration.ofSeconds(3))),
                onlyProxy(read(main)).plan().rule("slow").orElseThrow());
    }

    @Test
    void whatAnIncludeAddsDoesNotMoveAProxy() throws IOException {
        file("z.conf", "chaos-proxy.proxies.b.backlog = 5");
        ChaosConfig config = read(file("a.conf", """
            chaos-proxy.proxies {
              b { protocol = tcp, listen = ":1", upstream = "a:1" }
              a { protocol = tcp, listen = ":2", upstream = "a:1" }
            }
            include "z.conf"
            """));

        assertEquals(List.of("b", "a"), names(config));
        assertEquals(5, config.proxies().getFirst().options().backlog());
    }

    @Test
    void theEnvironmentIsTakenWhereItIsSet() throws IOException {
        Path file = file("env.conf", SHOP + """
            chaos-proxy.proxies.shop.faults.x { type = respond, body = ${?PATH} }
            chaos-proxy.proxies.shop.latency = ${?NO_SUCH_VARIABLE_HERE}
            """);

        Plan plan = onlyProxy(read(file)).plan();
        Respond respond = (Respond) plan.rule("x").orElseThrow().fault();
        assertEquals(System.getenv("PATH"), respond.body());
        assertEquals(
                Rule.of("latency", Latency.of(Duration.ofMillis(1))),
                plan.rule("latency").orElseThrow());
    }

    @Test
    void errorsInConcatenatedStringsNameTheFirstLine() {
        String text = """
            chaos-proxy.proxies.shop { protocol = tcp, upstream = "a:1"
              listen = "127.0.0.1:"${PORT}
            }
            """;
        assertEquals("test.conf:2: proxies.shop.listen: not a port: \"x\"", Texts.errors(text + "PORT = x"));
        assertTrue(Texts.errors(text.replace("PORT", "PATH")).startsWith("test.conf:2: proxies.shop.listen: "));
    }

    @Test
    void overridesBeatTheFile() throws IOException {
        Path file = file("a.conf", SHOP);
        Map<String, String> overrides = new LinkedHashMap<>();
        overrides.put("proxies.shop.latency", "5s");
        overrides.put("chaos-proxy.proxies.shop.log", "off");
        overrides.put("proxies.\"a.b\".protocol", "tcp");
        overrides.put("proxies.\"a.b\".listen", ":1");
        overrides.put("proxies.\"a.b\".upstream", "a:1");
        overrides.put("seed", "7");

        ChaosConfig config = ConfigReader.read(file, overrides);

        assertEquals(OptionalLong.of(7), config.seed());
        ProxySpec shop = config.proxies().stream()
                .filter(proxy -> proxy.name().equals("shop"))
                .findFirst()
                .orElseThrow();
        assertEquals(
                Rule.of("latency", Latency.of(Duration.ofSeconds(5))),
                shop.plan().rule("latency").orElseThrow());
        assertEquals(Options.Log.OFF, shop.options().log());
        assertEquals(2, config.proxies().size());
    }

    @Test
    void overridesAreInForceBeforeSubstitution() throws IOException {
        Path file = file("a.conf", SHOP + "chaos-proxy.seed = ${base}\nbase = 1");

        assertEquals(1, read(file).seed().orElseThrow());
        assertEquals(9, ConfigReader.read(file, Map.of("seed", "9")).seed().orElseThrow());
    }

    @Test
    void errorsInOverridesNameTheKeyAsGiven() throws IOException {
        Path file = file("a.conf", SHOP);

        assertOverride(
                "-D proxies.shop.latency: proxies.shop.latency: must be a duration such as 200ms, 2s or 1m, not \"x\"",
                file,
                "proxies.shop.latency",
                "x");
        assertOverride(
                "-D chaos-proxy.proxies.shop.latncy: proxies.shop.latncy: unknown key; did you mean latency?",
                file,
                "chaos-proxy.proxies.shop.latncy",
                "1");
        assertOverride("-D proxies: proxies: must be an object { ... }", file, "proxies", "shop");
        assertOverride("-D a..b: not a path of keys", file, "a..b", "1");
        assertOverride(
                "-D proxies.new.protocol: proxies.new.listen: is missing; it must be host:port\n"
                        + "-D proxies.new.protocol: proxies.new.upstream: is missing; it must be host:port or"
                        + " tls://host:port",
                file,
                "proxies.new.protocol",
                "tcp");
    }

    private static void assertOverride(String message, Path file, String key, String value) {
        InvalidConfigException errors =
                assertThrows(InvalidConfigException.class, () -> ConfigReader.read(file, Map.of(key, value)));
        assertEquals(message, errors.getMessage());
    }

    @Test
    void filesThatAreNotThere() {
        assertRefused(folder.resolve("none.conf") + ": no such file", folder.resolve("none.conf"));
        assertRefused(folder + ": is a directory, not a file", folder);
    }

    @Test
    void whatIsNotHocon() throws IOException {
        Path file = file("a.conf", "chaos-proxy {\n  seed = ]\n}");
        assertRefused(file + ":2: Expecting a value but got wrong token: ']'", file);

        Path open = file("b.conf", "chaos-proxy {\n  seed = 1\n");
        assertRefused(open + ":3: expecting a closing '}' or ')' here, not: end of file", open);

        Path json = file("c.json", "{\"chaos-proxy\": {\"seed\": 1},}}");
        InvalidConfigException errors = assertThrows(InvalidConfigException.class, () -> read(json));
        assertEquals(json + ":1", errors.errors().getFirst().origin());
    }

    @Test
    void substitutionsOfNothing() throws IOException {
        Path file = file("a.conf", SHOP + "chaos-proxy.seed = ${nothing}");
        assertRefused(file + ":11: Could not resolve substitution to a value: ${nothing}", file);
    }

    @Test
    void includesThatMustBeThere() throws IOException {
        Path file = file("a.conf", "include required(\"none.conf\")");
        InvalidConfigException errors = assertThrows(InvalidConfigException.class, () -> read(file));
        assertTrue(errors.getMessage().contains("none.conf"), errors.getMessage());
        assertFalse(errors.getMessage().contains("Exception"), errors.getMessage());
    }

    @Test
    void aFileOfSomethingElse() throws IOException {
        Path file = file("a.conf", "chaosproxy {}");
        assertRefused(file + ":1: there is no chaos-proxy { ... }, only chaosproxy", file);
        assertEquals("test.conf:1: there is no chaos-proxy { ... }", Texts.errors(""));
        assertEquals("test.conf:1: chaos-proxy must be an object { ... }", Texts.errors("chaos-proxy = 5"));
    }

    @Test
    void jsonOfOthersIsNeverResolved() {
        InvalidConfigException substitution =
                assertThrows(InvalidConfigException.class, () -> ConfigReader.json("{\"type\": ${HOME}}", "request"));
        assertTrue(substitution.getMessage().startsWith("request:1: "), substitution.getMessage());
        assertThrows(InvalidConfigException.class, () -> ConfigReader.json("include \"/etc/passwd\"", "request"));
        assertEquals(
                "${HOME}",
                ConfigReader.json("{\"type\": \"${HOME}\"}", "request").getString("type"));
    }

    @Test
    void unresolvedObjectsAreRefused() {
        assertThrows(
                InvalidConfigException.class,
                () -> ConfigReader.read(ConfigFactory.parseString("chaos-proxy { seed = ${HOME} }")));
    }

    private static void assertRefused(String message, Path file) {
        assertEquals(
                message,
                assertThrows(InvalidConfigException.class, () -> read(file)).getMessage());
    }

    private static ChaosConfig read(Path file) {
        return ConfigReader.read(file, Map.of());
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<String> names(ChaosConfig config) {
        return config.proxies().stream().map(ProxySpec::name).toList();
    }

    private static ProxySpec onlyProxy(ChaosConfig config) {
        assertEquals(1, config.proxies().size());
        return config.proxies().getFirst();
    }
}
