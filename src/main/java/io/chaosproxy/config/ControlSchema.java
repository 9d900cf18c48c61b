package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.optional;
import static io.chaosproxy.config.ValueType.ADDRESS;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.TEXT;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The table of the control plane's settings, {@code control}: read, written and described as the faults are. */
final class ControlSchema {
    /** Key of the object with the certificate of the control port. */
    static final String TLS_KEY = "tls";

    static final String TLS_SUMMARY = "certificate of the control port; plain HTTP if it is left out";

    static final ObjectSchema<ListenerTls.KeyFiles> TLS = TlsSchemas.KEY_FILES;
    static final ObjectSchema<ControlSettings> CONTROL = control();

    private ControlSchema() {}

    private static ObjectSchema<ControlSettings> control() {
        ControlSettings defaults = ControlSettings.DEFAULTS;
        FieldSchema<ControlSettings, Address> listen = defaulted(
                "listen",
                ADDRESS,
                ControlSettings::listen,
                defaults.listen(),
                "address of the control port; any other than a loopback address needs token or open");
        FieldSchema<ControlSettings, Optional<String>> token = optional(
                "token",
                TEXT,
                ControlSettings::token,
                "a secret of 8 or more",
                "bearer token that callers send in the field Authorization; 8 characters or more");
        FieldSchema<ControlSettings, Optional<String>> metricsToken = optional(
                "metrics-token",
                TEXT,
                ControlSettings::metricsToken,
                "another secret of 8 or more",
                "additional token, accepted for /metrics only");
        FieldSchema<ControlSettings, Boolean> open = defaulted(
                "open",
                FLAG,
                ControlSettings::open,
                defaults.open(),
                "whether a non-loopback address works without a token, so that any host that can connect may"
                        + " change the faults");
        FieldSchema<ControlSettings, Optional<Path>> journal = optional(
                "journal",
                FILE,
                ControlSettings::journal,
                Path.of("journal.jsonl"),
                "file to which each hit is appended as a line of JSON");
        FieldSchema<ControlSettings, Optional<Path>> accessLog = optional(
                "access-log",
                FILE,
                ControlSettings::accessLog,
                Path.of("access.log"),
                "file for the access log of all http proxies");
        FieldSchema<ControlSettings, Boolean> hitHeaders = defaulted(
                "hit-headers",
                FLAG,
                ControlSettings::hitHeaders,
                defaults.hitHeaders(),
                "whether responses have the fields X-Chaos-Exchange and X-Chaos-Hits, which name the rules"
                        + " that hit them");
        FieldSchema<ControlSettings, Duration> shutdownDelay = defaulted(
                "shutdown-delay",
                DURATION,
                ControlSettings::shutdownDelay,
                defaults.shutdownDelay(),
                "delay at a shutdown during which /health/ready answers down and proxies still accept"
                        + " connections");
        return new ObjectSchema<>(
                List.of(listen, token, metricsToken, open, journal, accessLog, hitHeaders, shutdownDelay),
                reader -> new ControlSettings(
                        listen.read(reader),
                        token.read(reader),
                        metricsToken.read(reader),
                        open.read(reader),
                        reader.object(TLS_KEY).flatMap(ControlSchema::readTls),
                        journal.read(reader),
                        accessLog.read(reader),
                        hitHeaders.read(reader),
                        shutdownDelay.read(reader),
                        reader.written()));
    }

    /** Reads the settings; empty if there were errors. */
    static Optional<ControlSettings> read(ObjectReader reader) {
        return all(CONTROL, reader);
    }

    private static Optional<ListenerTls.KeyFiles> readTls(ObjectReader reader) {
        return all(TLS, reader);
    }

    private static <F> Optional<F> all(ObjectSchema<F> schema, ObjectReader reader) {
        Optional<F> read = reader.build(() -> schema.read(reader));
        reader.rejectUnknown();
        return read;
    }

    static ObjectWriter write(ControlSettings settings) {
        ObjectWriter fields = CONTROL.write(settings, new ObjectWriter());
        settings.tls().ifPresent(tls -> fields.put(TLS_KEY, TLS.write(tls, new ObjectWriter())));
        return fields.writtenAs(settings.written());
    }
}
