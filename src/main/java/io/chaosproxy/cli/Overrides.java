package io.chaosproxy.cli;

import io.chaosproxy.config.ChaosConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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
