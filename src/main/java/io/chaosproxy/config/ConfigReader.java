package io.chaosproxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.relay.ProxySpec;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;

/** Reads configurations. Each method throws {@link ConfigMistakes} with all that is wrong at once. */
public final class ConfigReader {
    /** Levels of JSON from others; the parser calls itself for each, and the deepest configuration has about ten. */
    private static final int DEEPEST = 100;

    /** The key that everything stands under. */
    static final String ROOT = "chaos-proxy";

    private static final System.Logger LOG = System.getLogger("io.chaosproxy.config");

    private ConfigReader() {}

    /**
     * Reads a file.
     *
     * @param overrides paths of keys, with or without the root, to the values that beat the file's
     */
    public static ChaosConfig read(Path file, Map<String, String> overrides) {
        return read(load(file, overrides));
    }

    /**
     * Reads the text of a file; {@code ${?ENV}} and {@code include} work as there.
     *
     * @param origin what mistakes say in place of a file
     */
    public static ChaosConfig parse(String text, String origin) {
        return read(ConfigReader.<Config>reading(mistakes ->
                Optional.of(ConfigFactory.parseString(text, origin(origin)).resolve())));
    }

    /** Reads what was put together elsewhere and has its substitutions resolved, as {@link #load} does. */
    public static ChaosConfig read(Config config) {
        return reading(mistakes -> {
            ConfigValue root = config.root().get(ROOT);
            if (root instanceof ConfigObject fields) {
                return config(new Section(mistakes, List.of(), fields));
            }
            String message = root != null
                    ? ROOT + " must be an object { ... }"
                    : "there is no " + ROOT + " { ... }"
                            + Words.nearest(ROOT, config.root().keySet())
                                    .map(key -> ", only " + key)
                                    .orElse("");
            mistakes.add(Place.of(config.root()), "", message);
            return Optional.empty();
        });
    }

    /**
     * The same below values that beat its own.
     *
     * @param overrides as for a file
     */
    public static ChaosConfig read(Config config, Map<String, String> overrides) {
        return read(ConfigReader.<Config>reading(
                mistakes -> Optional.of(overrides(mistakes, overrides).withFallback(config))));
    }

    /**
     * Parses a file with what it includes, puts the overrides above it, and resolves substitutions. Proxies that are named
     * twice with different addresses are warned of in the log.
     */
    public static Config load(Path file, Map<String, String> overrides) {
        return reading(file.toString(), mistakes -> {
            Optional<String> obstacle = obstacle(file);
            if (obstacle.isPresent()) {
                mistakes.add(new Place(file.toString(), 0), "", obstacle.get());
                return Optional.empty();
            }
            Config parsed = ConfigFactory.parseFile(
                    file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
            Repeated.in(file).forEach(warning -> LOG.log(Level.WARNING, warning));
            return Optional.of(
                    overrides(mistakes, overrides).withFallback(parsed).resolve());
        });
    }

    private static Optional<String> obstacle(Path file) {
        if (Files.notExists(file)) {
            return Optional.of("no such file");
        }
        return Files.isDirectory(file) ? Optional.of("is a folder, not a file") : Optional.empty();
    }

    private static Config overrides(Mistakes mistakes, Map<String, String> overrides) {
        Config above = ConfigFactory.empty();
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            above = override(mistakes, override.getKey(), override.getValue()).withFallback(above);
        }
        return above;
    }

    private static Config override(Mistakes mistakes, String key, String value) {
        String origin = "-D " + key;
        List<String> path;
        try {
            path = ConfigUtil.splitPath(key);
        } catch (ConfigException e) {
            mistakes.add(new Place(origin, 0), "", "not a path of keys");
            return ConfigFactory.empty();
        }
        ConfigValue nested = ConfigValueFactory.fromAnyRef(value, origin);
        for (String name : path.reversed()) {
            nested = ConfigValueFactory.fromMap(Map.of(name, nested), origin);
        }
        Config config = ((ConfigObject) nested).toConfig();
        return path.getFirst().equals(ROOT) ? config : config.atKey(ROOT);
    }

    /**
     * Parses what stands between the braces of one proxy or rule, with or without them. Nothing in it is resolved.
     *
     * @param origin what mistakes say in place of a file
     */
    public static Config fields(String text, String origin) {
        return reading(origin, mistakes -> Optional.of(ConfigFactory.parseString(text, origin(origin))));
    }

    /**
     * Parses JSON from others. Nothing in it is resolved or included: that would hand out files and environment.
     *
     * @param origin what mistakes say in place of a file
     */
    public static Config json(String text, String origin) {
        return reading(mistakes -> {
            OptionalInt tooDeep = beyond(text, DEEPEST);
            if (tooDeep.isPresent()) {
                mistakes.add(
                        new Place(origin, 0),
                        "",
                        "is nested more than " + DEEPEST + " deep, at character " + (tooDeep.getAsInt() + 1));
                return Optional.empty();
            }
            return Optional.of(ConfigFactory.parseString(text, origin(origin).setSyntax(ConfigSyntax.JSON)));
        });
    }

    /** Where JSON is nested deeper than that. */
    private static OptionalInt beyond(String json, int deepest) {
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < json.length(); i++) {
            switch (json.charAt(i)) {
                case '"' -> quoted = !quoted;
                case '\\' -> i += quoted ? 1 : 0;
                case '{', '[' -> {
                    if (!quoted && ++depth > deepest) {
                        return OptionalInt.of(i);
                    }
                }
                case '}', ']' -> depth -= quoted ? 0 : 1;
                default -> {}
            }
        }
        return OptionalInt.empty();
    }

    private static ConfigParseOptions origin(String description) {
        return ConfigParseOptions.defaults().setOriginDescription(description);
    }

    /** Reads one proxy: what stands under its name. */
    public static ProxySpec proxy(String name, Config fields) {
        return reading(mistakes -> ProxyCodec.read(new Section(mistakes, List.of("proxies", name), fields.root())));
    }

    /**
     * Reads one rule: what stands under its name.
     *
     * @param protocol of the proxy that is to carry it out
     */
    public static Rule rule(String name, Config fields, Protocol protocol) {
        return reading(mistakes -> RuleCodec.OWN.read(
                new Section(mistakes, List.of("faults", name), fields.root()), Optional.of(protocol)));
    }

    /** Reads one rule of several proxies, as the top level of a file has it: a rate is shared by all unless it says otherwise. */
    public static Rule commonRule(String name, Config fields) {
        return reading(mistakes ->
                RuleCodec.COMMON.read(new Section(mistakes, List.of("faults", name), fields.root()), Optional.empty()));
    }

    /** What the numbers without a unit among the fields of a rule mean, such as {@code delay = 2 ms}. */
    public static List<String> bareOfRule(String name, Config fields) {
        return bare(List.of("faults", name), fields, section -> RuleCodec.OWN.read(section, Optional.empty()));
    }

    /** What those among the fields of a proxy mean. */
    public static List<String> bareOfProxy(String name, Config fields) {
        return bare(List.of("proxies", name), fields, ProxyCodec::read);
    }

    private static List<String> bare(List<String> path, Config fields, Consumer<Section> read) {
        Mistakes mistakes = new Mistakes();
        read.accept(new Section(mistakes, path, fields.root()));
        String prefix = ConfigUtil.joinPath(path) + ".";
        return mistakes.bare().stream()
                .map(line -> line.substring(prefix.length()))
                .toList();
    }

    private static Optional<ChaosConfig> config(Section section) {
        return section.build(() -> {
            Optional<Long> seed = section.find("seed", Kind.COUNT);
            Optional<ControlSettings> control = section.section("control").flatMap(ControlCodec::read);
            List<ProxySpec> proxies = section.sections("proxies").stream()
                    .flatMap(proxy -> ProxyCodec.read(proxy).stream())
                    .toList();
            Plan common = new Plan(ProxyCodec.commonRules(section));
            section.refuseUnknown();
            ChaosConfig.check(
                    common, proxies, refused -> section.mistake(ConfigUtil.splitPath(refused.key()), refused.reason()));
            return new ChaosConfig(seed.map(OptionalLong::of).orElse(OptionalLong.empty()), control, common, proxies);
        });
    }

    private static <T> T reading(Function<Mistakes, Optional<T>> read) {
        return reading("configuration", read);
    }

    /** The place is that of what can't be read at all. */
    private static <T> T reading(String place, Function<Mistakes, Optional<T>> read) {
        Mistakes mistakes = new Mistakes();
        Optional<T> result = Optional.empty();
        try {
            result = read.apply(mistakes);
        } catch (ConfigException e) {
            mistakes.add(e);
        } catch (StackOverflowError e) { // the parser calls itself for each level
            mistakes.add(new Place(place, 0), "", "is nested too deeply to be read");
        }
        mistakes.check();
        return result.orElseThrow();
    }
}
