package io.chaosproxy.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The scripts that Redis runs, each in a file of this package. */
public enum Script {
    /** A replica takes its name. */
    JOIN("join.lua"),
    /** A replica says that it lives, and gets its shares. */
    EXCHANGE("exchange.lua"),
    /** A replica writes a version of the plan. */
    WRITE("write.lua");

    private final String text;
    private final String sha1;

    Script(String file) {
        text = read(file);
        sha1 = sha1(text);
    }

    /** What Redis is given when it doesn't know the script yet. */
    public String text() {
        return text;
    }

    /** The name of the script on Redis. */
    String sha1() {
        return sha1;
    }

    private static String read(String file) {
        try (InputStream script = Script.class.getResourceAsStream(file)) {
            if (script == null) {
                throw new IllegalStateException(file + " is missing");
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
