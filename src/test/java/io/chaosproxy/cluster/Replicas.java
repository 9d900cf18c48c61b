package io.chaosproxy.cluster;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Replicas of one cluster in this process, each with one proxy {@code shop}. */
final class Replicas implements AutoCloseable {
    private final String redis;
    private final int upstream;
    private final List<ChaosServer> started = new ArrayList<>();

    Replicas(String redis, int upstream) {
        this.redis = redis;
        this.upstream = upstream;
    }

    /** Starts one; {@code more} stands at the top level of its configuration. */
    ChaosServer start(String name, String more) throws IOException {
        ChaosServer server = ChaosServer.start(ChaosConfig.parse("""
            chaos-proxy {
              cluster { redis = "%s", replica = "%s" }
              proxies.shop { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:%d" }
              %s
            }\
            """.formatted(redis, name, upstream, more)));
        started.add(server);
        return server;
    }

    static Address shop(ChaosServer server) {
        return server.proxy("shop").address();
    }

    @Override
    public void close() {
        started.forEach(ChaosServer::close);
    }
}
