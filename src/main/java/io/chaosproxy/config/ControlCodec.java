package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.ADDRESS;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.TEXT;

import java.util.Optional;

/** Codec for the settings of the control plane. */
final class ControlCodec {
    private ControlCodec() {}

    /** Reads the settings; empty if there were errors. */
    static Optional<ControlSettings> read(ObjectReader reader) {
        ControlSettings defaults = ControlSettings.DEFAULTS;
        Optional<ControlSettings> settings = reader.build(() -> new ControlSettings(
                reader.get("listen", ADDRESS, defaults.listen()),
                reader.find("token", TEXT),
                reader.get("open", FLAG, defaults.open()),
                reader.object("tls").flatMap(ControlCodec::tls),
                reader.find("journal", FILE),
                reader.find("access-log", FILE),
                reader.get("hit-headers", FLAG, defaults.hitHeaders())));
        reader.rejectUnknown();
        return settings;
    }

    private static Optional<ControlSettings.Tls> tls(ObjectReader reader) {
        Optional<ControlSettings.Tls> tls =
                reader.build(() -> new ControlSettings.Tls(reader.get("certificate", FILE), reader.get("key", FILE)));
        reader.rejectUnknown();
        return tls;
    }

    static ObjectWriter write(ControlSettings settings) {
        ControlSettings defaults = ControlSettings.DEFAULTS;
        ObjectWriter fields = new ObjectWriter().put("listen", ADDRESS, settings.listen(), defaults.listen());
        settings.token().ifPresent(token -> fields.put("token", TEXT, token));
        fields.put("open", FLAG, settings.open(), defaults.open());
        settings.tls().ifPresent(tls -> fields.put("tls", write(tls)));
        settings.journal().ifPresent(file -> fields.put("journal", FILE, file));
        settings.accessLog().ifPresent(file -> fields.put("access-log", FILE, file));
        return fields.put("hit-headers", FLAG, settings.hitHeaders(), defaults.hitHeaders());
    }

    private static ObjectWriter write(ControlSettings.Tls tls) {
        return new ObjectWriter().put("certificate", FILE, tls.certificate()).put("key", FILE, tls.key());
    }
}
