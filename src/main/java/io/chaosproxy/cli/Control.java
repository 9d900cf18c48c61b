package io.chaosproxy.cli;

import com.typesafe.config.Config;
import io.chaosproxy.MissingLibrary;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.ControlPlane;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.server.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Control plane of a long-running command, and the watcher of its file. */
final class Control implements AutoCloseable {
    private final ControlPlane plane;
    private final @Nullable ConfigWatcher reloader;

    /** Starts the control plane of a running server. */
    @FunctionalInterface
    interface Start {
        Control start(RunningServer server, Environment environment) throws IOException;
    }

    private Control(ControlPlane plane, @Nullable ConfigWatcher reloader) {
        this.plane = plane;
        this.reloader = reloader;
    }

    /** Control plane without a configuration file. */
    static Start of(ChaosConfig config) {
        return (server, environment) -> start(config, server, environment, null);
    }

    /** Control plane with a file that is reloaded on change and on SIGHUP. */
    static Start of(ChaosConfig config, Path file, Map<String, String> overrides, Config text) {
        return (server, environment) -> {
            ConfigWatcher reloader = ConfigWatcher.watch(server.registry(), file, overrides, text, config);
            environment.ending().onHangup(reloader::reload);
            return start(config, server, environment, reloader);
        };
    }

    private static Control start(
            ChaosConfig config, RunningServer server, Environment environment, @Nullable ConfigWatcher reloader)
            throws IOException {
        MissingLibrary.checkControlPlane();
        ControlSettings settings = config.control().orElse(ControlSettings.DEFAULTS);
        ControlPlane plane = ControlPlane.start(settings, server.registry(), Optional.ofNullable(reloader));
        Address listen = settings.listen();
        environment
                .out()
                .println(
                        "control  " + new Address(listen.host(), plane.address().getPort()));
        return new Control(plane, reloader);
    }

    @Override
    public void close() {
        plane.close();
        if (reloader != null) {
            reloader.close();
        }
    }
}
