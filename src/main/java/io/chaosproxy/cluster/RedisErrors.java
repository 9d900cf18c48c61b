package io.chaosproxy.cluster;

import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.relay.UnusableSettingsException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Messages for the errors of Redis: which setting to change, followed by the words of Redis or of the system. They have no password.
 * Thread-safe.
 */
final class RedisErrors {
    /** What Redis says before the reason if a script fails. */
    private static final Pattern OF_SCRIPT =
            Pattern.compile("^(ERR Error running script \\(call to \\w+\\): )?(@user_script: ?\\d+: )*-?");

    private static final String URL = "redis";

    private final ClusterSettings settings;
    private final Keys keys;

    /**
     * A setting to change.
     *
     * @param key in the section {@code cluster}
     * @param problem follows the name of Redis in a sentence
     */
    private record Mistake(String key, String problem) {}

    RedisErrors(ClusterSettings settings, Keys keys) {
        this.settings = settings;
        this.keys = keys;
    }

    /** What is wrong with the settings rather than with Redis; empty if another attempt may succeed. */
    Optional<UnusableSettingsException> refusal(JedisException failure) {
        return mistake(failure)
                .map(mistake -> UnusableSettingsException.ofCluster(
                        mistake.key(), "Redis at " + settings.redis() + " " + mistake.problem(), failure));
    }

    private Optional<Mistake> mistake(JedisException failure) {
        if (isOther(failure)) {
            return Optional.of(new Mistake(
                    URL,
                    "has other data where this cluster has its own; cluster.name has to differ: " + reason(failure)));
        }
        Optional<Mistake> certificate = inside(failure)
                .filter(GeneralSecurityException.class::isInstance)
                .findFirst()
                .map(untrusted -> new Mistake(
                        URL,
                        "has a certificate that isn't trusted; cluster.trust names its authorities: "
                                + untrusted.getMessage()));
        return access(failure).or(() -> certificate);
    }

    private Optional<Mistake> access(Throwable failure) {
        if (!(failure instanceof JedisAccessControlException)) {
            return Optional.empty();
        }
        String words = String.valueOf(failure.getMessage());
        if (words.startsWith("NOPERM")) {
            return Optional.of(new Mistake(URL, "gives this user too few permissions: " + words));
        }
        return Optional.of(
                hasPassword()
                        ? new Mistake(passwordKey(), "refuses " + password() + remedy() + ": " + words)
                        : new Mistake(
                                URL,
                                "wants a password; set password-env or password-file in the section cluster: "
                                        + words));
    }

    private boolean hasPassword() {
        return settings.redis().hasPassword()
                || settings.passwordEnv().isPresent()
                || settings.passwordFile().isPresent();
    }

    private String passwordKey() {
        if (settings.passwordFile().isPresent()) {
            return "password-file";
        }
        return settings.passwordEnv().isPresent() ? "password-env" : URL;
    }

    private String password() {
        String user = settings.redis().user().isPresent() ? "the user or " : "";
        return user
                + settings.passwordFile()
                        .map(file -> "the password in " + file)
                        .or(() -> settings.passwordEnv().map(name -> "the password in the variable " + name))
                        .orElse("the password in the URL");
    }

    private String remedy() {
        return settings.redis().hasPassword()
                ? "; correct it, or set password-env or password-file in the section cluster in its place"
                : "";
    }

    private static boolean isOther(Throwable failure) {
        return failure instanceof JedisDataException
                && (String.valueOf(failure.getMessage()).contains("WRONGTYPE")
                        || failure instanceof OtherDataException);
    }

    /** Why there is no answer: what the system says, which Jedis hides among causes and suppressed exceptions; else what Redis says. */
    String reason(Throwable failure) {
        Optional<String> refused = access(failure).map(mistake -> "it " + mistake.problem());
        if (refused.isPresent()) {
            return refused.get();
        }
        String message = ofSystem(failure)
                .map(Throwable::getMessage)
                .orElse(failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
        message = OF_SCRIPT.matcher(message).replaceFirst("");
        return isOther(failure) ? "keys " + keys.all() + " are used by something else: " + message : message;
    }

    private static Optional<Throwable> ofSystem(Throwable failure) {
        return inside(failure).filter(IOException.class::isInstance).findFirst();
    }

    /** A failure, and what is behind it. */
    private static Stream<Throwable> inside(Throwable failure) {
        return Stream.concat(
                Stream.of(failure),
                Stream.concat(Stream.ofNullable(failure.getCause()), Stream.of(failure.getSuppressed()))
                        .flatMap(RedisErrors::inside));
    }
}
