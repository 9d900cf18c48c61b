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
import java.net.BindException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Control plane of a long-running command, and the watcher of its file. */
final class Control implements AutoCloseable {
    private final ControlPlane plane;
    private final @Nullable ConfigWatcher reloader;
    private final ControlSettings settings;

    /** Starts the control plane of a running server. */
    @FunctionalInterface
    interface Start {
        /** With the name of the proxy with a demo origin behind it, if there is one. */
        Control start(RunningServer server, Environment environment, Optional<String> demo) throws IOException;
    }

    private Control(ControlPlane plane, @Nullable ConfigWatcher reloader, ControlSettings settings) {
        this.plane = plane;
        this.reloader = reloader;
        this.settings = settings;
    }

    /** Control plane without a configuration file. */
    static Start of(ChaosConfig config) {
        return (server, environment, demo) -> start(settings(config), server, null, demo);
    }

    /**
     * Control plane that the configuration says nothing of: at an address, or at a free port of its host if another program
     * listens there.
     */
    static Start near(Address preferred) {
        return (server, environment, demo) -> {
            ControlSettings usual = ControlSettings.DEFAULTS;
            try {
                return start(usual.listeningOn(preferred), server, null, demo);
            } catch (IOException e) {
                if (!(e.getCause() instanceof BindException)) {
                    throw e;
                }
                environment
                        .out()
                        .println("control  " + preferred + " is in use by another program; taking a free port");
                return start(usual.listeningOn(new Address(preferred.host(), 0)), server, null, demo);
            }
        };
    }

    /** Control plane with a file that is reloaded on change and on SIGHUP. */
    static Start of(ChaosConfig config, Path file, Map<String, String> overrides, Config text) {
        return (server, environment, demo) -> {
            ConfigWatcher reloader = ConfigWatcher.watch(server.registry(), file, overrides, text, config);
            environment.ending().onHangup(reloader::reload);
            return start(settings(config), server, reloader, demo);
        };
    }

    private static ControlSettings settings(ChaosConfig config) {
        return config.control().orElse(ControlSettings.DEFAULTS);
    }

    private static Control start(
            ControlSettings settings, RunningServer server, @Nullable ConfigWatcher reloader, Optional<String> demo)
            throws IOException {
        MissingLibrary.checkControlPlane();
        ControlPlane plane = ControlPlane.start(settings, server.registry(), Optional.ofNullable(reloader), demo);
        return new Control(plane, reloader, settings);
    }

    Address address() {
        return new Address(settings.listen().host(), plane.address().getPort());
    }

    /** URL of the dashboard, as a browser on this machine opens it. */
    String url() {
        return (settings.tls().isPresent() ? "https://" : "http://") + RunSession.connectable(address()) + "/";
    }

    @Override
    public void close() {
        plane.close();
        if (reloader != null) {
            reloader.close();
        }
    }
}
