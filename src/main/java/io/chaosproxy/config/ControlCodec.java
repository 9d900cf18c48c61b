package io.chaosproxy.config;

import static io.chaosproxy.config.Kind.ADDRESS;
import static io.chaosproxy.config.Kind.FILE;
import static io.chaosproxy.config.Kind.FLAG;
import static io.chaosproxy.config.Kind.TEXT;

import java.util.Optional;

/** The settings of the control plane. */
final class ControlCodec {
    private ControlCodec() {}

    /** What a section says; empty if that was a mistake. */
    static Optional<ControlSettings> read(Section section) {
        ControlSettings usual = ControlSettings.USUAL;
        Optional<ControlSettings> settings = section.build(() -> new ControlSettings(
                section.get("listen", ADDRESS, usual.listen()),
                section.find("token", TEXT),
                section.get("open", FLAG, usual.open()),
                section.section("tls").flatMap(ControlCodec::tls),
                section.find("journal", FILE),
                section.find("access-log", FILE),
                section.get("hit-headers", FLAG, usual.hitHeaders())));
        section.refuseUnknown();
        return settings;
    }

    private static Optional<ControlSettings.Tls> tls(Section section) {
        Optional<ControlSettings.Tls> tls = section.build(
                () -> new ControlSettings.Tls(section.get("certificate", FILE), section.get("key", FILE)));
        section.refuseUnknown();
        return tls;
    }

    static Fields write(ControlSettings settings) {
        ControlSettings usual = ControlSettings.USUAL;
        Fields fields = new Fields().put("listen", ADDRESS, settings.listen(), usual.listen());
        settings.token().ifPresent(token -> fields.put("token", TEXT, token));
        fields.put("open", FLAG, settings.open(), usual.open());
        settings.tls().ifPresent(tls -> fields.put("tls", write(tls)));
        settings.journal().ifPresent(file -> fields.put("journal", FILE, file));
        settings.accessLog().ifPresent(file -> fields.put("access-log", FILE, file));
        return fields.put("hit-headers", FLAG, settings.hitHeaders(), usual.hitHeaders());
    }

    private static Fields write(ControlSettings.Tls tls) {
        return new Fields().put("certificate", FILE, tls.certificate()).put("key", FILE, tls.key());
    }
}
