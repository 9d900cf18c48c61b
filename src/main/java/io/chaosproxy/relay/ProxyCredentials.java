package io.chaosproxy.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.tls.Reloaded;
import io.chaosproxy.tls.SmallFile;
import io.chaosproxy.tls.UnusableFileException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Users of a forward proxy and their passwords, from the file or the environment variable that its settings name. A changed file is
 * read again; one that can't be used leaves everything as it was. Thread-safe.
 */
public final class ProxyCredentials {
    /** Upper bound for users and for passwords in bytes (RFC 1929 §2). */
    private static final int MAX_LENGTH = 255;

    /** How often the file is looked at, while connections come. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final ProxySettings proxy;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable Loaded loaded;

    ProxyCredentials(ProxySettings proxy) {
        this.proxy = proxy;
    }

    /**
     * Credentials that were read for these settings.
     *
     * @param users {@code user:password} each
     * @param looked when the file was looked at, in {@code nanoTime}
     */
    private record Loaded(ForwardAccess access, Reloaded<List<byte[]>> users, long looked) {}

    /** Credentials that the settings name and that can't be used. */
    static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1L;

        private final String key;

        private UnusableException(String key, String reason) {
            super(reason);
            this.key = key;
        }

        /** The key of the settings. */
        String key() {
            return key;
        }
    }

    /**
     * Checks that there are credentials if the settings name some.
     *
     * @throws UnusableException with the key and the reason
     */
    static void check(ProxySpec spec) throws UnusableException {
        ForwardAccess access = spec.options().forward();
        try {
            if (access.credentialsFile().isPresent()) {
                ofFile(access.credentialsFile().get());
            } else {
                ofVariable(access);
            }
        } catch (UnusableFileException e) {
            throw new UnusableException("credentials-file", String.valueOf(e.getMessage()));
        }
    }

    /** Lines {@code user:password}; empty ones and those that begin with # don't count. */
    private static List<byte[]> ofFile(Path file) throws UnusableFileException {
        List<byte[]> users = new ArrayList<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (!isUser(line)) {
                throw new UnusableFileException(file, "has no user:password in line " + (i + 1));
            }
            users.add(line.getBytes(UTF_8));
        }
        if (users.isEmpty()) {
            throw new UnusableFileException(file, "names no user");
        }
        return List.copyOf(users);
    }

    private static List<String> lines(Path file) throws UnusableFileException {
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(SmallFile.read(file)))
                    .toString()
                    .lines()
                    .toList();
        } catch (CharacterCodingException e) {
            throw new UnusableFileException(file, "is no text in UTF-8");
        }
    }

    private static List<byte[]> ofVariable(ForwardAccess access) throws UnusableException {
        if (access.credentialsEnv().isEmpty()) {
            return List.of();
        }
        String name = access.credentialsEnv().get();
        String value = System.getenv(name);
        if (value == null || !isUser(value)) {
            throw new UnusableException(
                    "credentials-env",
                    "the environment variable " + name + (value == null ? " is not set" : " is not user:password"));
        }
        return List.of(value.getBytes(UTF_8));
    }

    private static boolean isUser(String line) {
        int colon = line.indexOf(':');
        return colon > 0
                && line.substring(0, colon).getBytes(UTF_8).length <= MAX_LENGTH
                && line.substring(colon + 1).getBytes(UTF_8).length <= MAX_LENGTH;
    }

    /** Whether clients have to name a user and the password. */
    public boolean areNeeded() {
        return proxy.settings().options().forward().needsCredentials();
    }

    /**
     * Whether a user has this password. It takes the same time for all users and passwords of the same length.
     *
     * @param credentials {@code user:password} (RFC 7617 §2)
     * @throws IOException if there have never been usable credentials
     */
    public boolean accept(String credentials) throws IOException {
        byte[] given = credentials.getBytes(UTF_8);
        boolean accepted = false;
        for (byte[] user : users()) {
            accepted |= MessageDigest.isEqual(user, given);
        }
        return accepted;
    }

    private List<byte[]> users() throws IOException {
        ForwardAccess access = proxy.settings().options().forward();
        Loaded present = loaded;
        if (present != null
                && present.access().equals(access)
                && System.nanoTime() - present.looked() < LOOK.toNanos()) {
            return present.users().current();
        }
        reading.lock();
        try {
            present = loaded;
            Reloaded<List<byte[]>> users;
            if (present != null && present.access().equals(access)) {
                users = present.users();
                report(users.refresh());
            } else {
                List<byte[]> ofVariable = ofVariable(access);
                users = new Reloaded<>(
                        access.credentialsFile().stream().toList(),
                        () -> access.credentialsFile().isPresent()
                                ? ofFile(access.credentialsFile().get())
                                : ofVariable);
            }
            loaded = new Loaded(access, users, System.nanoTime());
            return users.current();
        } finally {
            reading.unlock();
        }
    }

    private void report(Reloaded.Outcome outcome) {
        switch (outcome) {
            case Reloaded.Outcome.Unchanged same -> {}
            case Reloaded.Outcome.Changed changed -> log(Level.INFO, "credentials were read again");
            case Reloaded.Outcome.Rejected rejected ->
                log(
                        Level.WARNING,
                        "credentials stay as they were: " + rejected.reason().getMessage());
        }
    }

    private void log(Level level, String what) {
        proxy.log(Options.Log.WARNINGS, level, "proxy " + proxy.name() + ": " + what);
    }
}
