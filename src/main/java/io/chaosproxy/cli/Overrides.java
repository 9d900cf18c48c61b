package io.chaosproxy.cli;

import io.chaosproxy.config.ChaosConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the command line says in place of the file. */
final class Overrides {
    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "Sets a key of the configuration, such as -D proxies.shop.latency=2s; may be repeated.")
    private Map<String, String> keys = new LinkedHashMap<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The same seed gives the same faults; drawn if not given.")
    private @Nullable String seed;

    @Option(
            names = "--control",
            paramLabel = "HOST:PORT",
            description = "Where the control plane listens; Toxiproxy's clients work there, too.")
    private @Nullable String control;

    /** The control plane of a command that has none unless it is asked for by name. */
    Optional<Control.Start> controlOf(ChaosConfig config) {
        return control == null ? Optional.empty() : Optional.of(Control.of(config));
    }

    /** Keys, without the root, and their values. */
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
