package io.chaosproxy.cli;

import com.typesafe.config.Config;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigError;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that override the configuration file. */
final class Overrides {
    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the configuration; may be repeated. Example: -D proxies.shop.latency=2s")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of all random draws; the same seed gives the same faults. Random by default.")
    private @Nullable String seed;

    @Option(
            names = "--control",
            paramLabel = "HOST:PORT",
            description = "Listen address of the control plane, which also serves Toxiproxy's clients.")
    private @Nullable String control;

    /** Control plane of a command that starts one only on request. */
    Optional<Control.Start> controlOf(ChaosConfig config) {
        return control == null ? Optional.empty() : Optional.of(Control.of(config));
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
        return (seed != null && error.origin().equals("-D seed"))
                ? new ConfigError("--seed", error.path(), error.message())
                : control != null && error.origin().equals("-D control.listen")
                        ? new ConfigError("--control", error.path(), error.message())
                        : error;
    }

    /** Overridden keys, without the root, with their values. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>(keys);
        if (seed != null) {
            values.put("seed", seed);
        }
        if (control != null) {
            values.put("control.listen", control);
        }
        return values;
    }
}
