/**
 * A proxy that makes a good network bad on purpose.
 *
 * <p>A proxy in code needs {@code typesafe.config} beside it and nothing else; what is {@code static} here is for the
 * control plane, the command line and the glue to other libraries.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"
}) // Typesafe Config, Micrometer and Jedis have no modules
module io.chaosproxy {
    requires transitive typesafe.config;
    requires java.management;
    requires jdk.jfr;
    requires jdk.management;
    requires static org.jspecify;

    // the control plane
    requires static com.fasterxml.jackson.core;
    requires static io.helidon.common.buffers;
    requires static io.helidon.common.concurrency.limits;
    requires static io.helidon.common.context;
    requires static io.helidon.common.media.type;
    requires static io.helidon.common.socket;
    requires static io.helidon.common.tls;
    requires static io.helidon.http;
    requires static io.helidon.http.encoding;
    requires static io.helidon.http.media;
    requires static io.helidon.http.sse;
    requires static io.helidon.webserver;
    requires static io.helidon.webserver.sse;
    requires static io.helidon.webserver.staticcontent;
    requires static io.helidon.webserver.websocket;
    requires static io.helidon.websocket;
    requires static micrometer.core;
    requires static micrometer.registry.prometheus;
    requires static io.prometheus.metrics.model;

    // the cluster
    requires static org.apache.commons.pool2;
    requires static redis.clients.jedis;

    // the command line
    requires static info.picocli;
    requires static io.helidon.webclient;
    requires static io.helidon.webclient.api;
    requires static java.logging;
    requires static java.net.http;

    // the glue
    requires static org.junit.jupiter.api;
    requires static org.junit.platform.commons;
    requires static org.opentest4j;

    // proxies in code: what starts them, and what they are made of
    exports io.chaosproxy;
    exports io.chaosproxy.config;
    exports io.chaosproxy.fault;

    // faults inside Helidon services
    exports io.chaosproxy.helidon;

    // proxies in tests
    exports io.chaosproxy.junit;

    opens io.chaosproxy.cli to
            info.picocli;
    opens io.chaosproxy.ctl to
            info.picocli;
}
