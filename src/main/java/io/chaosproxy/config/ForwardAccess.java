package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Access to a forward proxy: its users, and the targets that are permitted.
 *
 * @param allow the only targets that are permitted; empty for all but those of {@code deny} and those that are guarded anyway. A
 *     single address in it is permitted even if it is guarded
 * @param deny targets that are not permitted, whatever {@code allow} says
 * @param credentialsFile file with a line {@code user:password} for each user
 * @param credentialsEnv name of an environment variable with {@code user:password}
 */
public record ForwardAccess(
        List<TargetPattern> allow,
        List<TargetPattern> deny,
        Optional<Path> credentialsFile,
        Optional<String> credentialsEnv) {
    /** Everybody, for all targets that are not guarded. */
    public static final ForwardAccess OPEN =
            new ForwardAccess(List.of(), List.of(), Optional.empty(), Optional.empty());

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    /** Rejects null, and two sources of credentials. */
    public ForwardAccess {
        allow = Check.elements("allow", allow);
        deny = Check.elements("deny", deny);
        Check.given("credentials-file", credentialsFile);
        Check.given("credentials-env", credentialsEnv);
        credentialsEnv.ifPresent(name -> Check.that(
                VARIABLE.matcher(name).matches(),
                "credentials-env",
                "must be the name of an environment variable, which has user:password"));
        Check.that(
                credentialsFile.isEmpty() || credentialsEnv.isEmpty(),
                "credentials-env",
                "does not go with credentials-file");
    }

    /** {@return whether clients need credentials} */
    public boolean needsCredentials() {
        return credentialsFile.isPresent() || credentialsEnv.isPresent();
    }

    /**
     * {@return the same for these targets alone}
     *
     * @param patterns as of {@link TargetPattern#parse}
     */
    public ForwardAccess allowing(String... patterns) {
        return new ForwardAccess(parsed("allow", patterns), deny, credentialsFile, credentialsEnv);
    }

    /**
     * {@return the same without these targets}
     *
     * @param patterns as of {@link TargetPattern#parse}
     */
    public ForwardAccess denying(String... patterns) {
        return new ForwardAccess(allow, parsed("deny", patterns), credentialsFile, credentialsEnv);
    }

    private static List<TargetPattern> parsed(String key, String... patterns) {
        return Check.elements(key, patterns).stream().map(TargetPattern::parse).toList();
    }

    /**
     * {@return the same for users of a file}
     *
     * @param file file with a line {@code user:password} for each
     */
    public ForwardAccess credentials(Path file) {
        Check.given("credentials-file", file);
        return new ForwardAccess(allow, deny, Optional.of(file), Optional.empty());
    }
}
