package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.origin.OriginProcess;
import io.chaosproxy.bench.variant.Ports;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Site;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A variant, where it is put, and the process of it that is running, if one is. */
public final class Stand implements AutoCloseable {
    private final Variant variant;
    private final OriginProcess origin;
    private final Path folder;
    private @Nullable Running kept;
    private Setting keptSetting = Setting.PLAIN;

    public Stand(Variant variant, OriginProcess origin, Path folder) {
        this.variant = variant;
        this.origin = origin;
        this.folder = folder.resolve(variant.name());
    }

    public Variant variant() {
        return variant;
    }

    OriginProcess origin() {
        return origin;
    }

    /** A process that listens, the same in all rounds with one setting: it has been warmed up. */
    public Running kept(Setting setting) throws IOException {
        Running running = kept;
        if (running == null || !keptSetting.equals(setting) || !running.isAlive()) {
            close();
            running = fresh(setting);
            kept = running;
            keptSetting = setting;
            running.awaitReady();
        }
        return running;
    }

    /** Whether a process is kept that was started with this setting. */
    public boolean isRunning(Setting setting) {
        return kept != null && keptSetting.equals(setting) && kept.isAlive();
    }

    /** A process just started, which may not listen yet; the caller closes it. */
    Running fresh(Setting setting) throws IOException {
        return variant.start(setting, new Site(Ports.free(), Ports.free(), origin.port(), folder));
    }

    /** Ends the process that is kept. */
    @Override
    public void close() {
        Running running = kept;
        kept = null;
        if (running != null) {
            running.close();
        }
    }
}
