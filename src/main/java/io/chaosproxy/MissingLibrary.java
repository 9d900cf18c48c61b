package io.chaosproxy;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Something was asked for that needs libraries that aren't there; the message says which artifacts to add. */
public final class MissingLibrary extends IOException {
    private static final long serialVersionUID = 1L;

    /** Libraries of the control plane. */
    private static final Library[] CONTROL = {
        Library.WEB_SERVER, Library.EVENTS, Library.STATIC_CONTENT, Library.JSON, Library.METRICS
    };

    /** Libraries that a proxy does without, each known by one of its classes. */
    private enum Library {
        WEB_SERVER("io.helidon.webserver.WebServer", "io.helidon.webserver:helidon-webserver"),
        EVENTS("io.helidon.webserver.sse.SseSink", "io.helidon.webserver:helidon-webserver-sse"),
        STATIC_CONTENT(
                "io.helidon.webserver.staticcontent.StaticContentFeature",
                "io.helidon.webserver:helidon-webserver-static-content"),
        JSON("com.fasterxml.jackson.core.JsonFactory", "com.fasterxml.jackson.core:jackson-core"),
        METRICS(
                "io.micrometer.prometheusmetrics.PrometheusMeterRegistry",
                "io.micrometer:micrometer-registry-prometheus"),
        REDIS("redis.clients.jedis.RedisClient", "redis.clients:jedis"),
        COMMANDS("picocli.CommandLine", "info.picocli:picocli");

        private final String type;
        private final String artifact;

        Library(String type, String artifact) {
            this.type = type;
            this.artifact = artifact;
        }

        boolean isMissing() {
            try {
                Class.forName(type, false, MissingLibrary.class.getClassLoader());
                return false;
            } catch (ClassNotFoundException | LinkageError e) {
                return true;
            }
        }
    }

    private MissingLibrary(String message) {
        super(message);
    }

    /**
     * Checks that there can be a control plane.
     *
     * @throws MissingLibrary if one of its libraries isn't there
     */
    public static void checkControlPlane() throws MissingLibrary {
        check("the control plane", CONTROL);
    }

    /**
     * Checks that there can be a cluster.
     *
     * @throws MissingLibrary if the client of Redis isn't there
     */
    public static void checkCluster() throws MissingLibrary {
        check("a cluster", Library.REDIS);
    }

    /** Checks that the program can understand what was typed. */
    static void checkCommandLine() throws MissingLibrary {
        check("the command line", Library.COMMANDS);
    }

    private static void check(String what, Library... needed) throws MissingLibrary {
        String missing = Arrays.stream(needed)
                .filter(Library::isMissing)
                .map(library -> library.artifact)
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw new MissingLibrary(what + " needs what isn't on the class path or the module path; add " + missing);
        }
    }
}
