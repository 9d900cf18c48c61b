package io.chaosproxy.control.web;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;

/** The header that tells the version of a cluster's plan: the one that a change made, or that was in force before it. */
public final class PlanVersion {
    private static final HeaderName NAME = HeaderNames.create("Chaos-Plan-Version");

    private PlanVersion() {}

    /** Adds the header to a response. */
    public static void say(ServerResponse response, long version, boolean pending) {
        response.header(NAME, version + (pending ? "; pending" : ""));
    }
}
