package io.chaosproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ForwardAccess;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.NetworkProfile;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxyProtocol;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.TargetPattern;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.fault.BadCertificate;
import io.chaosproxy.fault.Corrupt;
import io.chaosproxy.fault.Distribution;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.fault.Latency;
import io.chaosproxy.fault.Limit;
import io.chaosproxy.fault.Match;
import io.chaosproxy.fault.Network;
import io.chaosproxy.fault.Outage;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Probability;
import io.chaosproxy.fault.Rate;
import io.chaosproxy.fault.Refuse;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.Respond;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Slice;
import io.chaosproxy.fault.SlowClose;
import io.chaosproxy.fault.SlowHandshake;
import io.chaosproxy.fault.StreamFault;
import io.chaosproxy.fault.Timeout;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.fault.Truncate;
import io.chaosproxy.helidon.ChaosFilter;
import io.chaosproxy.helidon.ChaosService;
import io.helidon.common.socket.SocketOptions;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Null is a bad value as others are: every public method and constructor refuses it with {@link InvalidValueException}. */
final class NullsTest {
    private static final Latency LATENCY = Latency.of(Duration.ZERO);
    private static final Rule RULE = Rule.of("slow", LATENCY);

    /** Names of what the relay and Helidon call. */
    private static final Set<String> INSIDE = Stream.of(
                    Stream.of(Fault.class, StreamFault.class, ExchangeFault.class, TlsFault.class, Distribution.class)
                            .flatMap(type -> Stream.of(type.getMethods()))
                            .map(Method::getName),
                    Stream.of(
                            "contains", "matches", "matchesName", "mayMatch", "selects", "equals", "filter", "handle"))
            .flatMap(names -> names)
            .collect(Collectors.toSet());

    private static final Intercept INTERCEPT = Intercept.all(Path.of("a"), Path.of("b"));
    private static final ProxySpec SPEC = ProxySpec.tcp("localhost", 9);

    /** Values that each parameter of these types accepts, and that start nothing. */
    private static final Map<Class<?>, Object> SAMPLES = Map.ofEntries(
            Map.entry(long.class, 200L),
            Map.entry(double.class, 0.5),
            Map.entry(boolean.class, true),
            Map.entry(String.class, "localhost"),
            Map.entry(InetSocketAddress.class, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)),
            Map.entry(ProxyProtocol.class, ProxyProtocol.OFF),
            Map.entry(ForwardAccess.class, ForwardAccess.OPEN),
            Map.entry(Duration.class, Duration.ofSeconds(1)),
            Map.entry(Optional.class, Optional.empty()),
            Map.entry(OptionalLong.class, OptionalLong.empty()),
            Map.entry(Set.class, Set.of()),
            Map.entry(List.class, List.of()),
            Map.entry(Map.class, Map.of("name", "value")),
            Map.entry(URI.class, URI.create("http://localhost:9")),
            Map.entry(Path.class, Path.of("no such file")),
            Map.entry(Instant.class, Instant.EPOCH),
            Map.entry(Config.class, ConfigFactory.empty()),
            Map.entry(Fault.class, LATENCY),
            Map.entry(Rule.class, RULE),
            Map.entry(Plan.class, Plan.CLEAN),
            Map.entry(Match.class, Match.ANY),
            Map.entry(Probability.class, Probability.always()),
            Map.entry(Distribution.class, LATENCY.delay()),
            Map.entry(Address.class, new Address("localhost", 9)),
            Map.entry(Options.class, Options.DEFAULTS),
            Map.entry(ProxySpec.class, SPEC),
            Map.entry(ListenerTls.class, new ListenerTls.Passthrough()),
            Map.entry(ListenerTls.KeyFiles.class, ListenerTls.KeyFiles.pem(Path.of("a"), Path.of("b"))),
            Map.entry(UpstreamTls.class, UpstreamTls.DEFAULTS),
            Map.entry(Intercept.class, INTERCEPT),
            Map.entry(ChaosConfig.class, new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, List.of())),
            Map.entry(Journal.class, new Journal(1)),
            Map.entry(SocketOptions.class, SocketOptions.create()),
            Map.entry(Consumer.class, (Consumer<UnaryOperator<Plan>>) NullsTest::apply),
            Map.entry(UnaryOperator.class, UnaryOperator.identity()));

    private static void apply(UnaryOperator<Plan> change) {
        Plan unused = change.apply(Plan.CLEAN);
    }

    static Stream<Class<?>> types() {
        return Stream.of(
                ChaosProxy.class,
                ChaosServer.class,
                ChaosJournal.class,
                Injection.class,
                ChaosFilter.class,
                ChaosService.class,
                ChaosConfig.class,
                NetworkProfile.class,
                Upstream.class,
                Address.class,
                Options.class,
                ProxySpec.class,
                ListenerTls.KeyFiles.class,
                ListenerTls.Terminated.class,
                UpstreamTls.class,
                ChaosTrust.class,
                ForwardAccess.class,
                Intercept.class,
                TargetPattern.class,
                Probability.class,
                Distribution.Around.class,
                Distribution.Uniform.class,
                Distribution.Normal.class,
                Distribution.LogNormal.class,
                Distribution.Pareto.class,
                Glob.class,
                Match.class,
                Network.class,
                Plan.class,
                Rule.class,
                Corrupt.class,
                Headers.class,
                Latency.class,
                Limit.class,
                Outage.class,
                Rate.class,
                Refuse.class,
                Reset.class,
                ResetInTls.class,
                SlowHandshake.class,
                BadCertificate.class,
                Respond.class,
                Slice.class,
                SlowClose.class,
                Timeout.class,
                Truncate.class);
    }

    /** What a user of the class calls: not what the relay does while bytes flow, nor the callbacks of Helidon. */
    private static List<Executable> entryPoints(Class<?> type) {
        List<Executable> all = new ArrayList<>(List.of(type.getConstructors()));
        Stream.of(type.getMethods())
                .filter(method -> method.getDeclaringClass().getName().startsWith("io.chaosproxy"))
                .filter(method -> !method.isBridge())
                .filter(method -> !INSIDE.contains(method.getName()))
                .forEach(all::add);
        return all;
    }

    @ParameterizedTest
    @MethodSource("types")
    void nullIsRefusedAsOtherBadValuesAre(Class<?> type) throws Exception {
        List<String> wrong = new ArrayList<>();
        try (ChaosProxy proxy = ChaosProxy.start(SPEC);
                ChaosServer server = ChaosServer.startProxies((ChaosConfig) SAMPLES.get(ChaosConfig.class))) {
            Object target = target(type, proxy, server);
            for (Executable entry : entryPoints(type)) {
                Class<?>[] parameters = entry.getParameterTypes();
                for (int i = 0; i < parameters.length; i++) {
                    if (!parameters[i].isPrimitive()) {
                        check(entry, target, with(parameters, i, null), wrong);
                    }
                    if (parameters[i].isArray()) {
                        Object one = Array.newInstance(parameters[i].getComponentType(), 1);
                        check(entry, target, with(parameters, i, one), wrong);
                    }
                    if (Set.of(List.class, Set.class).contains(parameters[i])) {
                        check(entry, target, with(parameters, i, new ArrayList<>(Arrays.asList((Object) null))), wrong);
                    }
                }
            }
        }
        assertEquals("", String.join("\n", wrong));
    }

    private static Object[] with(Class<?>[] parameters, int index, Object value) {
        int numbers = parameters.length == 12 ? 2048 : 200; // Options has a head of at least 1 KiB
        Object[] arguments = new Object[parameters.length];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = parameters[i] == int.class ? Integer.valueOf(numbers - i) : sample(parameters[i]);
        }
        if (Arrays.asList(parameters).indexOf(Map.class) == 1) {
            arguments[1] = Map.of(); // Terminated: by name, but no text
        }
        if (Arrays.asList(parameters).indexOf(Map.class) == 6 && parameters.length > 9) {
            arguments[6] = Map.of(); // Match: the header fields are patterns, first and nth exclude each other
            arguments[9] = 0L;
        }
        boolean isSet = parameters[index] == Set.class && value instanceof List;
        arguments[index] = isSet ? new HashSet<>((List<?>) value) : value;
        return arguments;
    }

    private static Object sample(Class<?> type) {
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        }
        Object sample = type.isEnum() ? type.getEnumConstants()[0] : SAMPLES.get(type);
        if (sample == null) {
            throw new IllegalStateException("the test needs a sample of " + type);
        }
        return sample;
    }

    /** Something of the type whose methods are called. */
    private static Object target(Class<?> type, ChaosProxy proxy, ChaosServer server) {
        Stream<Object> made = Stream.of(
                proxy,
                server,
                proxy.journal(),
                ChaosFilter.create("shop"),
                ChaosService.create("shop"),
                new ChaosConfig(OptionalLong.empty(), Plan.CLEAN, List.of()),
                NetworkProfile.named("3g"),
                new Address("localhost", 9),
                Options.DEFAULTS,
                SPEC,
                ListenerTls.Terminated.selfSigned(),
                UpstreamTls.DEFAULTS,
                ForwardAccess.OPEN,
                INTERCEPT,
                TargetPattern.parse("*"),
                Match.ANY,
                Plan.CLEAN,
                RULE,
                LATENCY,
                Headers.ofRequest("a", "b"),
                Outage.of(Duration.ZERO),
                Rate.of(1),
                Respond.of(503));
        return made.filter(type::isInstance).findFirst().orElse(type);
    }

    private static void check(Executable entry, Object target, Object[] arguments, List<String> wrong)
            throws IllegalAccessException, InstantiationException {
        String call =
                entry.getDeclaringClass().getSimpleName() + "." + entry.getName() + Arrays.deepToString(arguments);
        try {
            Object result = call(entry, target, arguments);
            wrong.add(call + " returned " + result);
            if (result instanceof AutoCloseable open) {
                open.close();
            }
        } catch (InvocationTargetException e) {
            Throwable thrown = e.getCause();
            if (!(thrown instanceof InvalidValueException)
                    || !String.valueOf(thrown.getMessage()).contains("null")) {
                wrong.add(call + " threw " + thrown);
            }
        } catch (Exception e) {
            wrong.add(call + ": " + e);
        }
    }

    private static Object call(Executable entry, Object target, Object[] arguments)
            throws ReflectiveOperationException {
        return switch (entry) {
            case Constructor<?> constructor -> constructor.newInstance(arguments);
            case Method method -> method.invoke(Modifier.isStatic(method.getModifiers()) ? null : target, arguments);
        };
    }

    @Test
    void otherBadValuesAreRefused() {
        assertThrows(InvalidValueException.class, () -> ChaosProxy.tcp("", 9));
        assertThrows(InvalidValueException.class, () -> ChaosProxy.tcp("localhost", 0));
        assertThrows(InvalidValueException.class, () -> ChaosProxy.tcp("localhost", 65_536));
        assertThrows(InvalidValueException.class, () -> ChaosProxy.tcp("local host", 9));
        assertThrows(InvalidValueException.class, () -> ChaosProxy.http(""));
        assertThrows(InvalidValueException.class, () -> ChaosProxy.http(URI.create("/path")));
        assertThrows(InvalidValueException.class, () -> ChaosFilter.create(" "));
        assertThrows(InvalidValueException.class, () -> ChaosService.create(""));
        assertThrows(InvalidValueException.class, () -> Match.ANY.methods("GET", "get"));
        assertThrows(InvalidValueException.class, () -> Plan.of(RULE, RULE));
        assertThrows(InvalidValueException.class, () -> Outage.of(Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(Set.of("GET"), Match.ANY.methods("GET", "GET").methods());
    }

    @Test
    void aChangeThatReturnsNothingIsRefused() {
        try (ChaosProxy proxy = ChaosProxy.start(SPEC)) {
            assertThrows(InvalidValueException.class, () -> proxy.change(before -> null));
            assertEquals(Plan.CLEAN, proxy.plan());
        }
        ChaosFilter filter = ChaosFilter.create("shop");
        assertThrows(InvalidValueException.class, () -> filter.change(before -> null));
    }
}
