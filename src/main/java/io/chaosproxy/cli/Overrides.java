package io.chaosproxy.cli;

import com.typesafe.config.Config;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options that override the configuration file. */
final class Overrides {
    private static final Set<String> CONTROL = Set.of("control.listen", "chaos-proxy.control.listen");

    private final OptionSpec keys = OptionSpec.builder("-D")
            .type(Map.class)
            .auxiliaryTypes(String.class, String.class)
            .paramLabel("KEY=VALUE")
            .description("Overrides a key of the configuration; may be repeated. Example: -D proxies.shop.latency=2s")
            .build();

    private final OptionSpec seed =
            text("--seed", "N", "Seed of all random draws; the same seed gives the same faults. Random by default.");

    private final OptionSpec control = text(
            "--control", "HOST:PORT", "Listen address of the control plane, which also serves Toxiproxy's clients.");

    private static OptionSpec text(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** Adds the options to a command; several commands may have them. */
    void addTo(CommandSpec command) {
        for (OptionSpec option : List.of(keys, seed, control)) {
            command.addOption(OptionSpec.builder(option).build()); // a copy, which keeps its value in the same place
        }
    }

    /** Control plane of a command that starts one only on request. */
    Optional<Control.Start> controlOf(ChaosConfig config) {
        boolean listens = values().keySet().stream().anyMatch(CONTROL::contains);
        return listens ? Optional.of(Control.of(config)) : Optional.empty();
    }

    /** Loads a file with the overrides. */
    Config load(Path file) {
        return reading(() -> ConfigReader.load(file, values()));
    }

    /** Reads what {@link #load} returned. */
    ChaosConfig read(Config loaded) {
        return reading(() -> ConfigReader.read(loaded));
    }

    /** Reads a configuration that is no file with the overrides. */
    ChaosConfig over(Config config) {
        return reading(() -> ConfigReader.read(config, values()));
    }

    private <T> T reading(Supplier<T> read) {
        try {
            return read.get();
        } catch (InvalidConfigException e) {
            throw new InvalidConfigException(
                    e.errors().stream().map(this::asTyped).toList());
        }
    }

    /** The error at the option that stands for {@code -D}. */
    private ConfigError asTyped(ConfigError error) {
        return (seed.getValue() != null && error.origin().equals("-D seed"))
                ? new ConfigError("--seed", error.path(), error.message())
                : control.getValue() != null && error.origin().equals("-D control.listen")
                        ? new ConfigError("--control", error.path(), error.message())
                        : error;
    }

    /** Overridden keys, without the root, with their values. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        Map<String, String> typed = keys.getValue();
        if (typed != null) {
            values.putAll(typed);
        }
        put(values, "seed", seed);
        put(values, "control.listen", control);
        return values;
    }

    private static void put(Map<String, String> values, String key, OptionSpec option) {
        String value = option.getValue();
        if (value != null) {
            values.put(key, value);
        }
    }
}
