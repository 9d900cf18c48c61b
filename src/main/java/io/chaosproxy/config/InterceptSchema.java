package io.chaosproxy.config;

import static io.chaosproxy.config.FieldSchema.defaulted;
import static io.chaosproxy.config.FieldSchema.list;
import static io.chaosproxy.config.FieldSchema.required;
import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FILE;
import static io.chaosproxy.config.ValueType.TARGET;

import io.chaosproxy.config.Intercept.OnRefusal;
import io.chaosproxy.config.ListenerTls.KeyFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The table of {@code intercept}. */
final class InterceptSchema {
    static final ObjectSchema<Intercept> INTERCEPT = intercept();

    private InterceptSchema() {}

    private static ObjectSchema<Intercept> intercept() {
        FieldSchema<Intercept, Path> ca = required(
                "ca",
                FILE,
                intercept -> intercept.authority().certificate(),
                Path.of("chaos-proxy-ca.pem"),
                "certificate of the authority that clients trust, as PEM, or with its key as PKCS#12 (chaos-proxy ca)");
        FieldSchema<Intercept, Optional<Path>> key = TlsSchemas.key(InterceptSchema::authority, "chaos-proxy-ca.key");
        FieldSchema<Intercept, Optional<Path>> password = TlsSchemas.password(InterceptSchema::authority);
        FieldSchema<Intercept, List<TargetPattern>> only = list(
                "only",
                TARGET,
                Intercept::only,
                List.of(TargetPattern.parse("*.example.com:443")),
                "targets that are intercepted; all if left out");
        FieldSchema<Intercept, List<TargetPattern>> except = list(
                "except",
                TARGET,
                Intercept::except,
                List.of(TargetPattern.parse("bank.example.com")),
                "targets that are not intercepted, even if only lists them");
        FieldSchema<Intercept, OnRefusal> onRefusal = defaulted(
                "on-refusal",
                ValueType.ofEnum(OnRefusal.class),
                Intercept::onRefusal,
                OnRefusal.FAIL,
                "handling of a client that rejects the certificate of a host: the connection fails, or the"
                        + " client is not intercepted for that host for an hour");
        FieldSchema<Intercept, Duration> validity = defaulted(
                        "validity",
                        DURATION,
                        Intercept::validity,
                        Intercept.DEFAULT_VALIDITY,
                        "validity of the certificates that are created")
                .atLeast("1h")
                .atMost("197d")
                .checked(Intercept::check);
        return new ObjectSchema<>(
                List.of(ca, key, password, only, except, onRefusal, validity),
                reader -> new Intercept(
                        new KeyFiles(ca.read(reader), key.read(reader), password.read(reader)),
                        only.read(reader),
                        except.read(reader),
                        onRefusal.read(reader),
                        validity.read(reader)));
    }

    private static Optional<KeyFiles> authority(Intercept intercept) {
        return Optional.of(intercept.authority());
    }
}
