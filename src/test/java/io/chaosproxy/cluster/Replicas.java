package io.chaosproxy.cluster;

import io.chaosproxy.ChaosServer;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.server.RunningServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Replicas of one cluster in this process, each with one proxy {@code shop}. */
final class Replicas implements AutoCloseable {
    private final String redis;
    private final int upstream;
    private final List<Runnable> started = new ArrayList<>();

    Replicas(String redis, int upstream) {
        this.redis = redis;
        this.upstream = upstream;
    }

    /** Starts one; {@code more} stands at the top level of its configuration. */
    ChaosServer start(String name, String more) throws IOException {
        return start(name, "", more);
    }

    /** The same with further keys of the section {@code cluster}. */
    ChaosServer start(String name, String cluster, String more) throws IOException {
        ChaosServer server = ChaosServer.start(config(name, cluster, more));
        started.add(server::close);
        return server;
    }

    /** The same without a control plane, and open to a look into it. */
    RunningServer run(String name, String more) throws IOException {
        RunningServer server = RunningServer.start(config(name, "", more));
        started.add(server::close);
        return server;
    }

    private ChaosConfig config(String name, String cluster, String more) {
        return ChaosConfig.parse("""
            chaos-proxy {
              cluster { redis = "%s", replica = "%s", %s }
              proxies.shop { protocol = tcp, listen = "127.0.0.1:0", upstream = "127.0.0.1:%d" }
              %s
            }\
            """.formatted(redis, name, cluster, upstream, more));
    }

    static Address shop(ChaosServer server) {
        return server.proxy("shop").address();
    }

    static Address shop(RunningServer server) {
        InetSocketAddress address = server.registry().find("shop").orElseThrow().address();
        return new Address("127.0.0.1", address.getPort());
    }

    @Override
    public void close() {
        started.forEach(Runnable::run);
    }
}
