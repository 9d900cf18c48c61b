package io.chaosproxy.junit;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.Protocol;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Definition of a proxy by an annotated field or parameter.
 *
 * @param type type of the field or parameter
 */
record ProxyDefinition(Chaos chaos, String name, Class<?> type, AnnotationSite site) {
    private static final String METHOD = "()";
    private static final String TLS = "tls";
    private static final Config DEFAULTS = ConfigFactory.parseMap(Map.of("listen", "127.0.0.1:0"));

    static ProxyDefinition by(Field field, Chaos chaos) {
        String where = field.getDeclaringClass().getSimpleName() + "." + field.getName();
        return new ProxyDefinition(
                chaos,
                name(chaos, field.getName()),
                field.getType(),
                new AnnotationSite("@Chaos on field " + where, where, ExtensionConfigurationException::new));
    }

    static ProxyDefinition by(Parameter parameter, Chaos chaos) {
        return new ProxyDefinition(
                chaos, name(chaos, parameter.getName()), parameter.getType(), AnnotationSite.of("@Chaos", parameter));
    }

    private static String name(Chaos chaos, String usual) {
        return chaos.name().isEmpty() ? usual : chaos.name();
    }

    /** Validates the definition. */
    ProxySpec spec(ExtensionContext context) {
        if (type != ChaosProxy.class) {
            throw site.error("must be a ChaosProxy, not a " + type.getSimpleName());
        }
        if (chaos.protocol().length > 1) {
            throw site.error("a proxy has one protocol");
        }
        String upstream = upstream(context);
        Protocol protocol = chaos.protocol().length == 1 ? chaos.protocol()[0] : Upstream.protocol(upstream);
        Map<String, String> place =
                new HashMap<>(Map.of("protocol", protocol.name().toLowerCase(Locale.ROOT)));
        if (protocol != Protocol.FORWARD || !upstream.isEmpty()) {
            place.put("upstream", upstream);
        }
        Config said = ConfigFactory.parseMap(place);
        return site.check(() -> ConfigReader.proxy(
                name, said.withFallback(tls()).withFallback(config()).withFallback(DEFAULTS)));
    }

    private Config config() {
        Config config = ConfigReader.fields(chaos.config(), name);
        if (chaos.tls().length > 0 && config.hasPath(TLS)) {
            throw site.error("config: tls stands there already");
        }
        return config;
    }

    private Config tls() {
        if (chaos.tls().length > 1) {
            throw site.error("tls: a listener has one");
        }
        return chaos.tls().length == 0
                ? ConfigFactory.empty()
                : ConfigReader.fields(chaos.tls()[0].value(), name).atKey(TLS);
    }

    private String upstream(ExtensionContext context) {
        String text = chaos.upstream();
        if (!text.endsWith(METHOD)) {
            return text;
        }
        String method = text.substring(0, text.length() - METHOD.length());
        for (Class<?> type = context.getRequiredTestClass(); type != null; type = type.getEnclosingClass()) {
            Optional<Method> found = ReflectionSupport.findMethod(type, method);
            if (found.isPresent()) {
                return text(ReflectionSupport.invokeMethod(found.get(), target(found.get(), type, context)));
            }
        }
        throw site.error("upstream: there is no method " + text + " without parameters");
    }

    private @Nullable Object target(Method method, Class<?> type, ExtensionContext context) {
        if (Modifier.isStatic(method.getModifiers())) {
            return null;
        }
        return context.getTestInstances()
                .flatMap(instances -> instances.findInstance(type))
                .orElseThrow(() -> site.error("upstream: " + method.getName() + METHOD + " must be static here"));
    }

    private String text(@Nullable Object upstream) {
        if (upstream == null) {
            throw site.error("upstream: " + chaos.upstream() + " returned nothing");
        }
        return switch (upstream) {
            case Integer port -> "127.0.0.1:" + port;
            case InetSocketAddress address -> address.getHostString() + ":" + address.getPort();
            default -> upstream.toString();
        };
    }
}
