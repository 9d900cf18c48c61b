package io.chaosproxy.bench.variant;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** No proxy at all: what load generator and origin can do. */
public final class Direct implements Variant {
    /** Its name. */
    public static final String NAME = "direct";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Path> sources() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return Optional.of("no proxy");
    }

    @Override
    public boolean can(Setting setting) {
        return setting.relaysOnly() && !setting.tls();
    }

    @Override
    public Running start(Setting setting, Site site) {
        return Running.anyway(NAME, site.upstream());
    }
}
