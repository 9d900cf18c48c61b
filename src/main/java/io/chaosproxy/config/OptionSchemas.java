package io.chaosproxy.config;

import static io.chaosproxy.config.ValueType.DURATION;
import static io.chaosproxy.config.ValueType.FLAG;
import static io.chaosproxy.config.ValueType.SMALL_COUNT;
import static io.chaosproxy.config.ValueType.SMALL_SIZE;

import io.chaosproxy.fault.Protocol;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The table of a proxy's options: read, written and described as the faults are. */
final class OptionSchemas {
    /** Key of the object with the options of http alone. */
    private static final String HTTP_KEY = "http";

    private static final Set<Protocol> OF_FORWARD = EnumSet.of(Protocol.FORWARD);

    /** Protocols of proxies that may see requests of HTTP. */
    private static final Set<Protocol> OF_HTTP = EnumSet.complementOf(EnumSet.of(Protocol.TCP));

    private static final List<Option<?>> PLAIN = List.of(
            option(
                            "max-connections",
                            SMALL_COUNT,
                            options -> options.maxConnections(),
                            Options::maxConnections,
                            "maximum number of open connections; further ones wait in the kernel's backlog")
                    .atLeast(1),
            option(
                            "connect-timeout",
                            DURATION,
                            options -> options.connectTimeout(),
                            Options::connectTimeout,
                            "maximum time to connect to the upstream, name lookup included")
                    .atLeast("1ms"),
            option(
                    "idle-timeout",
                    DURATION,
                    options -> options.idleTimeout(),
                    Options::idleTimeout,
                    "time without traffic after which a connection is closed; 0 to disable"),
            option(
                            "max-head",
                            SMALL_SIZE,
                            options -> options.maxHead(),
                            Options::maxHead,
                            "maximum size of the head of a request or response (http)")
                    .atLeast(SMALL_SIZE.write(Options.MIN_HEAD))
                    .atMost(SMALL_SIZE.write(Options.MAX_HEAD))
                    .only(OF_HTTP),
            option(
                            "backlog",
                            SMALL_COUNT,
                            options -> options.backlog(),
                            Options::backlog,
                            "maximum number of connections that wait in the kernel to be accepted")
                    .atLeast(1),
            option(
                    "drain",
                    DURATION,
                    options -> options.drain(),
                    Options::drain,
                    "maximum time for open exchanges to complete at a shutdown"),
            option(
                    "log",
                    ValueType.ofEnum(Options.Log.class),
                    options -> options.log(),
                    Options::log,
                    "events that are logged"),
            option(
                            "rewrite-host",
                            FLAG,
                            options -> options.rewriteHost(),
                            Options::rewriteHost,
                            "whether the field Host is replaced by the host of the upstream (http)")
                    .only(EnumSet.of(
                            Protocol.HTTP, Protocol.AUTO)), // the targets of a forward proxy are their own hosts
            option(
                            "h2c",
                            ValueType.ofEnum(Options.H2c.class),
                            options -> options.h2c(),
                            Options::h2c,
                            "handling of a request's upgrade to HTTP/2, whose exchanges no rule can match (http)")
                    .only(OF_HTTP),
            new Option<>(
                    FieldSchema.list(
                            "accept-proxy-protocol",
                            ValueType.NETWORK,
                            options -> options.proxyProtocol().acceptFrom(),
                            List.of(),
                            "addresses or networks of load balancers whose connections begin with a PROXY protocol"
                                    + " header"),
                    (options, senders) ->
                            options.proxyProtocol(options.proxyProtocol().acceptFrom(senders))),
            option(
                    "send-proxy-protocol",
                    ValueType.ofEnum(ProxyProtocol.Send.class),
                    options -> options.proxyProtocol().send(),
                    (options, version) ->
                            options.proxyProtocol(options.proxyProtocol().send(version)),
                    "version of the PROXY protocol header sent to the upstream at the start of each connection"),
            access(
                    FieldSchema.list(
                            "allow",
                            ValueType.TARGET,
                            ForwardAccess::allow,
                            List.of(TargetPattern.parse("*.example.com:443"), TargetPattern.parse("10.0.0.0/8")),
                            "targets that clients may connect to; all others are refused (forward)"),
                    (access, allow) ->
                            new ForwardAccess(allow, access.deny(), access.credentialsFile(), access.credentialsEnv())),
            access(
                    FieldSchema.list(
                            "deny",
                            ValueType.TARGET,
                            ForwardAccess::deny,
                            List.of(TargetPattern.parse("*:25")),
                            "targets that clients may not connect to (forward)"),
                    (access, deny) ->
                            new ForwardAccess(access.allow(), deny, access.credentialsFile(), access.credentialsEnv())),
            access(
                    FieldSchema.optional(
                            "credentials-file",
                            ValueType.FILE,
                            ForwardAccess::credentialsFile,
                            Path.of("users"),
                            "file with lines user:password, one of which clients have to send (forward)"),
                    (access, file) -> new ForwardAccess(access.allow(), access.deny(), file, access.credentialsEnv())),
            access(
                    FieldSchema.optional(
                            "credentials-env",
                            ValueType.TEXT,
                            ForwardAccess::credentialsEnv,
                            "PROXY_CREDENTIALS",
                            "environment variable with user:password, in place of a file (forward)"),
                    (access, name) ->
                            new ForwardAccess(access.allow(), access.deny(), access.credentialsFile(), name)));

    private static final List<Option<?>> HTTP = List.of(option(
                    "strict",
                    FLAG,
                    options -> options.strict(),
                    Options::strict,
                    "whether ambiguous messages, which two parsers may read differently, are refused (http)")
            .only(OF_HTTP));

    private OptionSchemas() {}

    /** A field of the options, and how it is changed. */
    private record Option<T>(
            FieldSchema<Options, T> field, BiFunction<Options, T, Options> change, Set<Protocol> protocols) {
        Option(FieldSchema<Options, T> field, BiFunction<Options, T, Options> change) {
            this(field, change, EnumSet.allOf(Protocol.class));
        }

        Option<T> atLeast(Object min) {
            return new Option<>(field.atLeast(min), change, protocols);
        }

        Option<T> atMost(Object max) {
            return new Option<>(field.atMost(max), change, protocols);
        }

        /** Without effect on proxies of other protocols. */
        Option<T> only(Set<Protocol> those) {
            return new Option<>(field, change, those);
        }

        Options read(ObjectReader reader, Options options) {
            return reader.build(() -> change.apply(options, field.read(reader))).orElse(options);
        }
    }

    private static <T> Option<T> access(
            FieldSchema<ForwardAccess, T> field, BiFunction<ForwardAccess, T, ForwardAccess> change) {
        return new Option<>(
                field.in(Options::forward),
                (options, value) -> options.forward(change.apply(options.forward(), value)),
                OF_FORWARD);
    }

    private static <T> Option<T> option(
            String key,
            ValueType<T> type,
            Function<Options, T> get,
            BiFunction<Options, T, Options> change,
            String summary) {
        return new Option<>(FieldSchema.defaulted(key, type, get, get.apply(Options.DEFAULTS), summary), change);
    }

    /** Fields of a proxy. */
    static List<FieldSchema.About> abouts() {
        return abouts(EnumSet.allOf(Protocol.class));
    }

    /** Fields of {@code http} in a proxy. */
    static List<FieldSchema.About> httpAbouts() {
        return httpAbouts(EnumSet.allOf(Protocol.class));
    }

    /** Fields of a proxy of any of these protocols. */
    static List<FieldSchema.About> abouts(Set<Protocol> protocols) {
        return abouts(PLAIN, protocols);
    }

    /** Fields of {@code http} in such a proxy. */
    static List<FieldSchema.About> httpAbouts(Set<Protocol> protocols) {
        return abouts(HTTP, protocols);
    }

    private static List<FieldSchema.About> abouts(List<Option<?>> options, Set<Protocol> protocols) {
        return options.stream()
                .filter(option -> protocols.stream().anyMatch(option.protocols::contains))
                .map(option -> option.field.about())
                .toList();
    }

    /** Reads options one at a time, so that each is validated by itself. */
    static Options read(ObjectReader reader) {
        Options options = read(PLAIN, reader, Options.DEFAULTS);
        Optional<ObjectReader> http = reader.object(HTTP_KEY);
        if (http.isPresent()) {
            options = read(HTTP, http.get(), options);
            http.get().rejectUnknown();
        }
        return options;
    }

    private static Options read(List<Option<?>> table, ObjectReader reader, Options options) {
        Options read = options;
        for (Option<?> option : table) {
            read = option.read(reader, read);
        }
        return read;
    }

    static ObjectWriter write(Options options, ObjectWriter writer) {
        PLAIN.forEach(option -> option.field.writer().accept(options, writer));
        ObjectWriter http = new ObjectWriter();
        HTTP.forEach(option -> option.field.writer().accept(options, http));
        return writer.put(HTTP_KEY, http);
    }
}
