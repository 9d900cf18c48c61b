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
import io.chaosproxy.text.Spelling;
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

/** Reads configurations. Each method throws {@link InvalidConfigException} with all errors. Thread-safe. */
public final class ConfigReader {
    /** Maximum nesting of untrusted JSON; the parser is recursive, and the deepest valid configuration has about ten levels. */
    private static final int DEEPEST = 100;

    /** Root key. */
    static final String ROOT = "chaos-proxy";

    private static final System.Logger LOG = System.getLogger("io.chaosproxy.config");

    private ConfigReader() {}

    /**
     * Reads a file.
     *
     * @param file path of the file
     * @param overrides key paths, with or without the root, to values that take precedence over the file
     * @return the configuration
     */
    public static ChaosConfig read(Path file, Map<String, String> overrides) {
        return read(load(file, overrides));
    }

    /**
     * Reads the text of a file; {@code ${?ENV}} and {@code include} are supported.
     *
     * @param text text of the file
     * @param origin name used in error messages in place of a file
     * @return the configuration
     */
    public static ChaosConfig parse(String text, String origin) {
        return read(ConfigReader.<Config>reading(errors ->
                Optional.of(ConfigFactory.parseString(text, origin(origin)).resolve())));
    }

    /**
     * Reads a resolved configuration, such as {@link #load} returns.
     *
     * @param config resolved configuration
     * @return the configuration
     */
    public static ChaosConfig read(Config config) {
        return reading(errors -> {
            ConfigValue root = config.root().get(ROOT);
            if (root instanceof ConfigObject fields) {
                return config(new ObjectReader(errors, List.of(), fields));
            }
            String message = root != null
                    ? ROOT + " must be an object { ... }"
                    : "there is no " + ROOT + " { ... }"
                            + Spelling.nearest(ROOT, config.root().keySet())
                                    .map(key -> ", only " + key)
                                    .orElse("");
            errors.add(SourceLocation.of(config.root()), "", message);
            return Optional.empty();
        });
    }

    /**
     * Reads a resolved configuration with overrides.
     *
     * @param config resolved configuration
     * @param overrides as for a file
     * @return the configuration
     */
    public static ChaosConfig read(Config config, Map<String, String> overrides) {
        return read(ConfigReader.<Config>reading(
                errors -> Optional.of(overrides(errors, overrides).withFallback(config))));
    }

    /**
     * Parses a file and its includes, applies the overrides and resolves substitutions. Logs a warning for each proxy that
     * is defined twice with different addresses.
     *
     * @param file path of the file
     * @param overrides key paths, with or without the root, to values that take precedence over the file
     * @return the resolved configuration
     */
    public static Config load(Path file, Map<String, String> overrides) {
        return reading(file.toString(), errors -> {
            Optional<String> obstacle = obstacle(file);
            if (obstacle.isPresent()) {
                errors.add(new SourceLocation(file.toString(), 0), "", obstacle.get());
                return Optional.empty();
            }
            Config parsed = ConfigFactory.parseFile(
                    file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
            if (parsed.isEmpty() && overrides.isEmpty()) { // an empty object has no origin
                errors.add(new SourceLocation(file.toString(), 0), "", "is empty: there is no " + ROOT + " { ... }");
                return Optional.empty();
            }
            DuplicateAddresses.in(file).forEach(warning -> LOG.log(Level.WARNING, warning));
            return Optional.of(overrides(errors, overrides).withFallback(parsed).resolve());
        });
    }

    /**
     * {@return an error with the source location of its key}
     *
     * @param config what was read
     * @param error error of a key in it; if the key is not there, it is located at the object that lacks it
     */
    public static ConfigError located(Config config, ConfigError error) {
        ConfigValue value = config.root().getOrDefault(ROOT, config.root());
        for (String key : ConfigUtil.splitPath(error.path())) {
            if (!(value instanceof ConfigObject object) || !object.containsKey(key)) {
                break;
            }
            value = object.get(key);
        }
        return new ConfigError(SourceLocation.of(value).toString(), error.path(), error.message());
    }

    private static Optional<String> obstacle(Path file) {
        if (Files.notExists(file)) {
            return Optional.of("no such file");
        }
        return Files.isDirectory(file) ? Optional.of("is a directory, not a file") : Optional.empty();
    }

    private static Config overrides(ConfigErrors errors, Map<String, String> overrides) {
        Config above = ConfigFactory.empty();
        for (Map.Entry<String, String> override : overrides.entrySet()) {
            above = override(errors, override.getKey(), override.getValue()).withFallback(above);
        }
        return above;
    }

    private static Config override(ConfigErrors errors, String key, String value) {
        String origin = "-D " + key;
        List<String> path;
        try {
            path = ConfigUtil.splitPath(key);
        } catch (ConfigException e) {
            errors.add(new SourceLocation(key.isBlank() ? "-D \"\"" : origin, 0), "", "not a path of keys");
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
     * Parses the fields of one proxy or rule, with or without braces. Does not resolve substitutions.
     *
     * @param text text of the file
     * @param origin name used in error messages in place of a file
     * @return the fields
     */
    public static Config fields(String text, String origin) {
        return reading(origin, errors -> Optional.of(ConfigFactory.parseString(text, origin(origin))));
    }

    /**
     * Parses untrusted JSON. Does not resolve substitutions or includes, which would expose files and environment variables.
     *
     * @param text text of the file
     * @param origin name used in error messages in place of a file
     * @return the fields
     */
    public static Config json(String text, String origin) {
        return reading(errors -> {
            OptionalInt tooDeep = beyond(text, DEEPEST);
            if (tooDeep.isPresent()) {
                errors.add(
                        new SourceLocation(origin, 0),
                        "",
                        "is nested more than " + DEEPEST + " deep, at character " + (tooDeep.getAsInt() + 1));
                return Optional.empty();
            }
            if (!text.stripLeading().startsWith("{")) {
                errors.add(new SourceLocation(origin, 0), "", "must be a JSON object { ... }");
                return Optional.empty();
            }
            ConfigParseOptions options = origin(origin).setSyntax(ConfigSyntax.JSON);
            ConfigFactory.parseString(text, options); // for errors at the lines of the text
            return Optional.of(ConfigFactory.parseString(oneFieldALine(text), options));
        });
    }

    /** JSON with each field on a line of its own: the order of fields is that of their lines, as the library has no other. */
    private static String oneFieldALine(String json) {
        StringBuilder lines = new StringBuilder(json.length() + json.length() / 8);
        boolean quoted = false;
        for (int i = 0; i < json.length(); i++) {
            char c = json.charAt(i);
            lines.append(c);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                lines.append(json.charAt(++i)); // the text has been parsed, so there is one
            } else if (c == ',' && !quoted) {
                lines.append('\n');
            }
        }
        return lines.toString();
    }

    /** Index at which JSON exceeds a nesting depth. */
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

    /**
     * Reads one proxy from the fields under its name.
     *
     * @param name name of the proxy
     * @param fields fields under the name
     * @return the fields
     */
    public static ProxySpec proxy(String name, Config fields) {
        return reading(errors -> ProxyCodec.read(new ObjectReader(errors, List.of("proxies", name), fields.root())));
    }

    /**
     * Reads one rule from the fields under its name.
     *
     * @param name name of the rule
     * @param fields fields under the name
     * @param protocol protocol of the proxy that the rule is for
     * @return the fields
     */
    public static Rule rule(String name, Config fields, Protocol protocol) {
        return reading(errors -> RuleCodec.OWN.read(
                new ObjectReader(errors, List.of("faults", name), fields.root()), Optional.of(protocol)));
    }

    /**
     * Reads one rule for several proxies, as at the top level of a file: a rate is shared by all proxies by default.
     *
     * @param name name of the rule
     * @param fields fields under the name
     * @return the fields
     */
    public static Rule commonRule(String name, Config fields) {
        return commonRule(name, fields, false);
    }

    /**
     * Reads one rule for several proxies, as at the top level of a file: a rate is shared by all proxies by default, in a cluster
     * by those of all replicas.
     *
     * @param name name of the rule
     * @param fields fields under the name
     * @param clustered whether the proxies belong to a cluster
     * @return the fields
     */
    public static Rule commonRule(String name, Config fields, boolean clustered) {
        return reading(errors -> RuleCodec.common(clustered)
                .read(new ObjectReader(errors, List.of("faults", name), fields.root()), Optional.empty()));
    }

    /**
     * Interpretations of the numbers without a unit in the fields of a rule, such as {@code delay = 2 ms}.
     *
     * @param name name of the rule
     * @param fields fields under the name
     * @return the fields
     */
    public static List<String> bareOfRule(String name, Config fields) {
        return bare(List.of("faults", name), fields, reader -> RuleCodec.OWN.read(reader, Optional.empty()));
    }

    /**
     * Interpretations of the numbers without a unit in the fields of a proxy.
     *
     * @param name name of the proxy
     * @param fields fields under the name
     * @return the fields
     */
    public static List<String> bareOfProxy(String name, Config fields) {
        return bare(List.of("proxies", name), fields, ProxyCodec::read);
    }

    private static List<String> bare(List<String> path, Config fields, Consumer<ObjectReader> read) {
        ConfigErrors errors = new ConfigErrors();
        read.accept(new ObjectReader(errors, path, fields.root()));
        String prefix = ConfigUtil.joinPath(path) + ".";
        return errors.bare().stream()
                .map(line -> line.substring(prefix.length()))
                .toList();
    }

    private static Optional<ChaosConfig> config(ObjectReader reader) {
        return reader.build(() -> {
            Optional<Long> seed = reader.find("seed", ValueType.COUNT);
            Optional<ControlSettings> control = reader.object("control").flatMap(ControlSchema::read);
            boolean clustered = reader.has(ClusterSchema.KEY);
            Optional<ClusterSettings> cluster = reader.object(ClusterSchema.KEY).flatMap(ClusterSchema::read);
            List<ProxySpec> proxies = reader.objects("proxies").stream()
                    .flatMap(proxy -> ProxyCodec.read(proxy).stream())
                    .toList();
            Plan common = new Plan(ProxyCodec.commonRules(reader, clustered));
            reader.rejectUnknown(ProxyCodec.BELOW_ALL);
            ChaosConfig.check(
                    clustered,
                    control,
                    common,
                    proxies,
                    refused -> reader.error(ConfigUtil.splitPath(refused.key()), refused.reason()));
            return new ChaosConfig(
                    seed.map(OptionalLong::of).orElse(OptionalLong.empty()), control, cluster, common, proxies);
        });
    }

    private static <T> T reading(Function<ConfigErrors, Optional<T>> read) {
        return reading("configuration", read);
    }

    /** Collects the errors of one read and throws them; {@code place} is the origin of a text that can't be parsed. */
    private static <T> T reading(String place, Function<ConfigErrors, Optional<T>> read) {
        ConfigErrors errors = new ConfigErrors();
        Optional<T> result = Optional.empty();
        try {
            result = read.apply(errors);
        } catch (ConfigException e) {
            errors.add(e);
        } catch (StackOverflowError e) { // the parser calls itself for each level
            errors.add(new SourceLocation(place, 0), "", "is nested too deeply to be read");
        }
        errors.check();
        return result.orElseThrow();
    }
}
