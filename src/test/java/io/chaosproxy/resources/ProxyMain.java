package io.chaosproxy.resources;

import com.sun.management.ThreadMXBean;
import io.chaosproxy.fault.Directions;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The program of a {@link ProxyProcess}: one proxy without faults. It prints its port, then answers each line of standard
 * input, and ends with it.
 */
final class ProxyMain {
    private static final List<FileChannel> OPENED = new ArrayList<>();
    private static AllocationSamples samples;

    private ProxyMain() {}

    public static void main(String[] args) throws Exception {
        Protocol protocol = Protocol.valueOf(args[0]);
        BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (ProxyServer proxy = TestProxy.start(TestProxy.spec(protocol, Integer.parseInt(args[1])), 1)) {
            System.out.println(proxy.address().getPort());
            for (String line = asked.readLine(); line != null; line = asked.readLine()) {
                System.out.println(
                        switch (line) {
                            case "connections" -> proxy.connections().size();
                            case "heap" -> heapInUse();
                            case "allocated" -> allocated();
                            case "sample allocations" -> {
                                samples = new AllocationSamples();
                                yield 0;
                            }
                            case "allocations of the program" -> samples.perMilleOfProgram();
                            case "exhaust" -> exhaust();
                            case "delay" ->
                                delay(
                                        proxy,
                                        Rule.of(
                                                "late",
                                                Latency.of(Duration.ofMinutes(10))
                                                        .onStream()));
                            case "slice and delay" ->
                                delay(
                                        proxy,
                                        Rule.of("thin", Slice.of(1)),
                                        Rule.of(
                                                "late",
                                                Latency.of(Duration.ofMinutes(10))
                                                        .onStream()));
                            case "slice behind a short delay" ->
                                delay(
                                        proxy,
                                        Rule.of(
                                                "late",
                                                Latency.of(Duration.ofSeconds(1))
                                                        .onStream()),
                                        Rule.of("thin", Slice.of(1)));
                            case "late response" ->
                                delay(
                                        proxy,
                                        Rule.of("answer", Respond.of(200, "z".repeat(1 << 20))),
                                        Rule.of("late", Latency.of(Duration.ofMinutes(10))));
                            case "late response on a delay line" ->
                                delay(
                                        proxy,
                                        Rule.of("answer", Respond.of(200, "z".repeat(1 << 20))),
                                        Rule.of(
                                                "late",
                                                Latency.of(Duration.ofMinutes(10))
                                                        .onStream()));
                            case "large response" ->
                                delay(proxy, Rule.of("answer", Respond.of(200, "z".repeat(8 << 20))));
                            case "late response with a large header" ->
                                delay(
                                        proxy,
                                        Rule.of(
                                                "answer",
                                                new Respond(
                                                        200, "", Map.of("A", "a".repeat(60_000)), Optional.empty())),
                                        Rule.of("late", Latency.of(Duration.ofMinutes(10))));
                            case "large header set, late" ->
                                delay(
                                        proxy,
                                        Rule.of("large", Headers.ofResponse("A", "a".repeat(60_000))),
                                        Rule.of("late", Latency.of(Duration.ofMinutes(10))));
                            case "large header set on the request, slow" ->
                                delay(
                                        proxy,
                                        Rule.of("large", Headers.ofRequest("A", "a".repeat(60_000))),
                                        Rule.of("thin", Rate.of(1)).way(Directions.UP));
                            default -> throw new IllegalArgumentException(line);
                        });
            }
        }
    }

    /** Opens files until it can't, as other parts of a program may; returns how many. They stay open. */
    private static int exhaust() {
        try {
            while (true) {
                OPENED.add(FileChannel.open(Path.of("/dev/null")));
            }
        } catch (IOException e) {
            return OPENED.size();
        }
    }

    private static int delay(ProxyServer proxy, Rule... rules) {
        proxy.plan(Plan.of(rules));
        return rules.length;
    }

    /** Bytes that all threads have allocated; the JDK counts those of a virtual thread with its carrier. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return threads.getTotalThreadAllocatedBytes();
    }

    /** Bytes that are still reachable. */
    private static long heapInUse() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
