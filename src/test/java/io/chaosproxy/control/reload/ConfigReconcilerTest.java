package io.chaosproxy.control.reload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.FreePort;
import io.chaosproxy.kit.ListeningSockets;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs of configurations by chance over few ports, of which strangers hold some. */
final class ConfigReconcilerTest {
    private static final int ROUNDS = 40;
    private static final List<String> NAMES = List.of("a", "b", "c", "d");

    private final String host = ListeningSockets.somewhere().host();
    private final ProxyRegistry fleet =
            new ProxyRegistry(new ServerContext(1, TimeSource.SYSTEM, new Journal(100)), TestProxy::handler);

    /** A proxy as it was before a takeover, with a client that is connected to it. */
    private record Before(ProxyServer proxy, ProxySpec spec, Peer client) {}

    private ChaosConfig config(Random random, List<Integer> ports, List<Origin> origins) {
        List<Integer> left = new ArrayList<>(ports);
        Collections.shuffle(left, random);
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random); // the order of the file doesn't matter
        List<ProxySpec> proxies = new ArrayList<>();
        for (String name : names) {
            if (random.nextInt(4) > 0) {
                proxies.add(new ProxySpec(
                        name,
                        random.nextInt(5) == 0 ? Protocol.HTTP : Protocol.TCP,
                        new Address(host, random.nextInt(4) == 0 ? 0 : left.removeLast()),
                        new Address(
                                "127.0.0.1",
                                origins.get(random.nextInt(origins.size())).port()),
                        random.nextBoolean()
                                ? Plan.CLEAN
                                : Plan.of(Rule.of("own", new Limit(1000 + random.nextInt(3)))),
                        Options.DEFAULTS.log(random.nextBoolean() ? Options.Log.OFF : Options.Log.HITS)));
            }
        }
        return new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, proxies);
    }

    private static void assertRelays(Peer client) throws IOException {
        assertEquals("x", client.send("x").read(1));
    }

    private Map<String, Before> observe() throws IOException {
        Map<String, Before> before = new HashMap<>();
        for (ProxyServer proxy : fleet.all()) {
            Peer client = Peer.connect(proxy.address());
            if (proxy.protocol() == Protocol.TCP) {
                assertRelays(client);
            }
            before.put(proxy.name(), new Before(proxy, proxy.spec(), client));
        }
        return before;
    }

    private static void assertUntouched(Before before) throws IOException {
        if (before.proxy().protocol() == Protocol.TCP) {
            assertRelays(before.client());
            try (Peer next = Peer.connect(before.proxy().address())) {
                assertRelays(next);
            }
        }
    }

    private void assertRejectedChangedNothing(Map<String, Before> before) throws IOException {
        assertEquals(
                before.keySet(), fleet.all().stream().map(ProxyServer::name).collect(Collectors.toSet()));
        for (ProxyServer proxy : fleet.all()) {
            Before was = before.get(proxy.name());
            assertSame(was.proxy(), proxy);
            assertEquals(was.spec(), proxy.spec());
            assertUntouched(was);
        }
    }

    private void assertIsAsTheFileSays(ChaosConfig next, Map<String, Before> before) throws IOException {
        assertEquals(
                next.proxies().stream().map(ProxySpec::name).collect(Collectors.toSet()),
                fleet.all().stream().map(ProxyServer::name).collect(Collectors.toSet()));
        for (ProxySpec wanted : next.proxies()) {
            ProxyServer proxy = fleet.find(wanted.name()).orElseThrow();
            int port = proxy.address().getPort();
            assertTrue(wanted.listen().port() == 0 || wanted.listen().port() == port);
            assertEquals(wanted.listeningOn(host, port), proxy.spec());
            Before was = before.get(wanted.name());
            if (was != null
                    && was.spec().protocol() == wanted.protocol()
                    && was.spec().listen().port() == port
                    && was.spec().upstream().equals(wanted.upstream())) {
                assertSame(was.proxy(), proxy);
                assertUntouched(was);
            } else if (wanted.protocol() == Protocol.TCP) {
                try (Peer next1 = Peer.connect(proxy.address())) {
                    assertRelays(next1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void wholeOrNotAtAll(long seed) throws Exception {
        Random random = new Random(seed);
        List<Integer> ports = FreePort.several(5);
        int accepted = 0;
        int rejected = 0;
        try (Origin one = Origin.echo();
                Origin two = Origin.echo();
                fleet) {
            ChaosConfig current = new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, List.of());
            for (int round = 0; round < ROUNDS; round++) {
                Map<String, Before> before = observe();
                try (Foreign foreign = Foreign.on(host, random, ports)) {
                    ChaosConfig from = current;
                    ChaosConfig next = config(random, ports, List.of(one, two));
                    if (next.proxies().stream()
                            .anyMatch(spec -> foreign.holds(spec.listen().port()))) {
                        rejected++;
                        ListenException e = assertThrows(
                                ListenException.class,
                                () -> ConfigReconciler.run(fleet, from, next, ConfigReconciler.Extent.NAMED));
                        assertTrue(foreign.holds(e.listen().getPort()), e::getMessage);
                        assertEquals(0, e.getSuppressed().length);
                        assertRejectedChangedNothing(before);
                    } else {
                        accepted++;
                        ConfigReconciler.run(fleet, from, next, ConfigReconciler.Extent.NAMED);
                        assertIsAsTheFileSays(next, before);
                        current = next;
                    }
                } finally {
                    for (Before each : before.values()) {
                        each.client().close();
                    }
                }
            }
        }
        assertTrue(accepted > 5 && rejected > 5, accepted + " accepted, " + rejected + " rejected");
    }

    /** Ports that somebody else has: each free one with a chance of a sixth. */
    private record Foreign(List<ServerSocket> sockets, Set<Integer> ports) implements AutoCloseable {
        static Foreign on(String host, Random random, List<Integer> ports) {
            Foreign foreign = new Foreign(new ArrayList<>(), new HashSet<>());
            for (int port : ports) {
                if (random.nextInt(6) == 0) {
                    try {
                        foreign.sockets.add(new ServerSocket(port, 1, InetAddress.getByName(host)));
                        foreign.ports.add(port);
                    } catch (IOException e) {
                        // a proxy has it
                    }
                }
            }
            return foreign;
        }

        boolean holds(int port) {
            return ports.contains(port);
        }

        @Override
        public void close() throws IOException {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }
}
