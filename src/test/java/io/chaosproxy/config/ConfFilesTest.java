package io.chaosproxy.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.fault.AcceptFault;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.kit.AllFaults;
import io.chaosproxy.text.Spelling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The files that come with the program say what they are meant to say. */
@Tag("fast")
class ConfFilesTest {
    private static final Path FOLDER = Path.of("conf");

    @Test
    void allAreReadAndWrittenBack() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Path> all = files.toList();
            assertTrue(all.size() >= 6);
            for (Path file : all) {
                ChaosConfig config = ConfigReader.read(file, Map.of());
                assertEquals(
                        config, ConfigReader.read(ConfigWriter.write(config).toConfig()), file.toString());
            }
        }
    }

    @Test
    void theDemo() {
        assertEquals(
                new ProxySpec(
                        "demo",
                        Protocol.HTTP,
                        new Address("127.0.0.1", 8080),
                        new Address("127.0.0.1", 9000),
                        Plan.of(
                                Rule.of("latency", Latency.between(Duration.ofMillis(50), Duration.ofMillis(150))),
                                Rule.of("speed", Rate.of(1 << 20)),
                                Rule.of("jitter", new Outage(Duration.ofMillis(200), Duration.ofSeconds(2)))
                                        .probability(0.1),
                                Rule.of("reset", Reset.at(Reset.At.FIRST_BYTE)).probability(0.02)),
                        Options.DEFAULTS),
                proxy(read("chaos-proxy.conf"), "demo"));
    }

    @Test
    void aServiceAndWhatItDependsOn() {
        ChaosConfig config = read("service.conf");

        assertEquals(
                List.of("payments", "orders-db"),
                config.proxies().stream().map(ProxySpec::name).toList());
        assertEquals(Protocol.TCP, proxy(config, "orders-db").protocol());
        assertTrue(proxy(config, "payments").options().rewriteHost());
    }

    @Test
    void insideAProcessThePortsAreFree() {
        for (ProxySpec proxy : read("embedded.conf").proxies()) {
            assertEquals(0, proxy.listen().port());
            assertEquals(Duration.ZERO, proxy.options().drain());
        }
    }

    @Test
    void everyToxicHasItsRuleAndNoneIsInForce() {
        List<Rule> rules = rules(read("toxiproxy.conf"));

        assertTrue(rules.stream().allMatch(rule -> rule.chance().probability() == 0));
        assertEquals(
                Set.of("latency", "rate", "slow-close", "timeout", "reset", "slice", "limit", "refuse"),
                rules.stream().map(rule -> rule.fault().type()).collect(Collectors.toSet()));
    }

    @Test
    void theComparisonIsWithoutFaults() {
        ChaosConfig config = read("comparison.conf");

        assertTrue(rules(config).isEmpty());
        assertEquals(Protocol.TCP, proxy(config, "tcp").protocol());
        assertEquals(Protocol.HTTP, proxy(config, "http").protocol());
        assertEquals(
                1, config.proxies().stream().map(ProxySpec::upstream).distinct().count());
    }

    /** On failure the expected file is in {@code target}, to be copied. */
    @Test
    void theOptionsAndRulesOfEverythingAreThoseOfTheTables() throws IOException {
        String present = Files.readString(FOLDER.resolve("everything.conf"));
        Matcher block =
                Pattern.compile("(?s)(?<=\n {6}faults \\{\n).*?\n(?= {6}}\n)").matcher(present);
        assertTrue(block.find());

        String expected = present.substring(0, block.start()) + ReferenceRules.text() + present.substring(block.end());
        Matcher options = Pattern.compile("(?s)(?<=\n {6}# ---- Options. ----\n).*?\n(?=\n)")
                .matcher(expected);
        assertTrue(options.find());
        expected =
                expected.substring(0, options.start()) + ReferenceRules.options() + expected.substring(options.end());
        Matcher tls =
                Pattern.compile("(?s)(?<=\n {6}# ---- TLS. ----\n).*?\n(?=\n)").matcher(expected);
        assertTrue(tls.find());
        expected = expected.substring(0, tls.start()) + ReferenceRules.tls() + expected.substring(tls.end());
        Matcher control =
                Pattern.compile("(?s)(?<=\n {2}control \\{\n).*?(?=\n {2}}\n)").matcher(expected);
        assertTrue(control.find());
        expected = expected.substring(0, control.start())
                + ReferenceRules.control().stripTrailing()
                + expected.substring(control.end());
        Matcher cluster = Pattern.compile("(?s)(?<=\n {2}# cluster \\{\n).*?(?= {2}# }\n)")
                .matcher(expected);
        assertTrue(cluster.find());
        expected =
                expected.substring(0, cluster.start()) + ReferenceRules.cluster() + expected.substring(cluster.end());
        Files.writeString(Path.of("target", "everything.conf"), expected);

        assertEquals(expected, present, "the expected file is target/everything.conf");
    }

    /** On failure the expected page is in {@code target}, to be copied. */
    @Test
    void theReferencePageIsThatOfTheTables() throws IOException {
        String expected = ReferencePage.text();
        Files.writeString(Path.of("target", "reference.md"), expected);

        assertEquals(
                expected,
                Files.readString(Path.of("src", "docs", "reference.md")),
                "the expected page is target/reference.md");
    }

    @Test
    void theReadmeSaysOfEachFaultWhatItsTableSays() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (ConfigReference.FaultType type : ConfigReference.types()) {
            String row = "| `" + type.name() + "` | " + type.summary() + " | `{ type = " + type.name();
            assertTrue(readme.contains("\n" + row), row);
        }
    }

    @Test
    void everythingHasEveryFault() {
        assertEquals(
                AllFaults.types(),
                rules(read("everything.conf")).stream()
                        .map(rule -> rule.fault().type())
                        .collect(Collectors.toSet()));
    }

    @Test
    void everythingHasTheDefaultsOfItsOptions() {
        assertEquals(Options.DEFAULTS, proxy(read("everything.conf"), "shop").options());
    }

    @Test
    void everythingNamesEveryKey() throws IOException {
        Set<String> keys = new TreeSet<>(ShortForm.WORDS);
        keys.addAll(List.of("seed", "proxies"));
        Samples.RULES.forEach(rule -> addKeys(keys, ConfigWriter.write(rule)));
        Samples.FAULTS.forEach(fault -> addKeys(keys, ConfigWriter.write(Rule.of("x", fault))));
        ProxySpec proxy = Texts.shop("latency = 1").with(Samples.EVERY_OPTION);
        addKeys(keys, ConfigWriter.write(proxy));
        ConfigReference.tls().forEach(field -> keys.addAll(List.of(field.key().split("\\."))));
        keys.remove("NAME");

        String text = Files.readString(FOLDER.resolve("everything.conf"));
        keys.removeIf(key -> text.matches("(?s).*(?<![\\w-])" + key + "(?![\\w-]).*"));

        assertEquals(Set.of(), keys);
    }

    private static void addKeys(Set<String> keys, ConfigObject fields) {
        for (Map.Entry<String, ConfigValue> field : fields.entrySet()) {
            keys.add(field.getKey());
            boolean named = Set.of("faults", "header", "headers", "set").contains(field.getKey());
            if (!named && field.getValue() instanceof ConfigObject inner) {
                addKeys(keys, inner);
            }
        }
    }

    @Test
    void everythingNamesEveryWord() throws IOException {
        String text = Files.readString(FOLDER.resolve("everything.conf"));
        Stream.of(
                        Latency.Scope.values(),
                        FaultScope.values(),
                        Reset.At.values(),
                        AcceptFault.How.values(),
                        TlsFault.Stage.values(),
                        TlsFault.Defect.values(),
                        ListenerTls.ClientCertificates.values(),
                        Options.Log.values(),
                        Options.H2c.values(),
                        Protocol.values())
                .flatMap(Stream::of)
                .forEach(word -> assertTrue(text.contains(Spelling.of(word)), Spelling.of(word)));
    }

    @Test
    void theReadmeHasAnExampleOfEveryFault() throws IOException {
        Set<String> types = Pattern.compile("`(\\{ type = .*? })`")
                .matcher(Files.readString(Path.of("README.md")))
                .results()
                .map(example -> Texts.rule(example.group(1)).fault().type())
                .collect(Collectors.toSet());

        assertEquals(new TreeSet<>(new FaultCodec(FaultScope.PROXY).types()), new TreeSet<>(types));
    }

    /** Blocks that are a whole configuration; names of files in them need not exist. */
    @Test
    void configurationsOfTheDocumentationAreRead() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> files = Files.walk(Path.of("src", "docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        int read = 0;
        for (Path page : pages) {
            Matcher blocks =
                    Pattern.compile("(?s)```hocon\n(chaos-proxy.*?)```").matcher(Files.readString(page));
            for (; blocks.find(); read++) {
                String text = blocks.group(1);
                assertDoesNotThrow(() -> Texts.config(text), () -> page + ": " + text);
            }
        }
        assertTrue(read >= 4, "only " + read);
    }

    private static ChaosConfig read(String name) {
        return ConfigReader.read(FOLDER.resolve(name), Map.of());
    }

    private static ProxySpec proxy(ChaosConfig config, String name) {
        return config.proxies().stream()
                .filter(proxy -> proxy.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<Rule> rules(ChaosConfig config) {
        return config.proxies().stream()
                .flatMap(proxy -> config.planOf(proxy).rules().stream())
                .toList();
    }
}
