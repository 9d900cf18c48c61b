package io.chaosproxy.junit;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.ChaosTrust;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.ProxySpec;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;
import org.opentest4j.TestAbortedException;

/**
 * Makes the proxies of {@link Chaos}, puts on them what {@link InjectFault} and {@link Profile} say, and reports on them if a test
 * fails: an entry of the report with the seed, and the plan, the traffic and the journal of each proxy.
 *
 * <p>Tests that share a proxy take turns where JUnit runs tests in parallel: {@link ChaosTest} asks JUnit for a lock on each
 * field that is shared. A test that meets a proxy in use nevertheless fails with a sentence that names the field.
 */
public final class ChaosExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(ChaosExtension.class);
    private static final String SEED = "chaos-proxy.seed";

    /** Called by JUnit. */
    public ChaosExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        fill(context, null, context.getRequiredTestClass());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        TestAnnotations annotations = TestAnnotations.of(context);
        annotations.check(names(context));
        for (ProxyStore store : around(context)) {
            store(context).share(store, context);
            store.clear();
            store.proxies().forEach(annotations::applyTo);
        }
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            fill(context, instance, instance.getClass());
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        context.getExecutionException()
                .filter(failure -> !(failure instanceof TestAbortedException))
                .ifPresent(failure -> report(context, failure));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.isAnnotated(Chaos.class) || parameter.isAnnotated(Trusting.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        if (parameter.isAnnotated(Trusting.class)) {
            return trust(parameter.getParameter(), context);
        }
        ProxyDefinition definition = ProxyDefinition.by(
                parameter.getParameter(), parameter.findAnnotation(Chaos.class).orElseThrow());
        if (parameter.getDeclaringExecutable() instanceof Constructor) {
            throw definition.site().error("a constructor runs before there is a test; use a field");
        }
        return make(definition, context);
    }

    /** Trust in the proxies of this test, and of the classes around it, that make their own certificates. */
    private static Object trust(Parameter parameter, ExtensionContext context) {
        AnnotationSite site = AnnotationSite.of("@Trusting", parameter);
        List<ProxyStore> stores = new ArrayList<>(List.of(store(context)));
        stores.addAll(around(context));
        ChaosTrust trust = new ChaosTrust(stores.stream()
                .flatMap(store -> store.proxies().stream())
                .filter(ChaosExtension::isSelfSigned)
                .flatMap(proxy -> proxy.trust().authorities().stream())
                .toList());
        if (trust.authorities().isEmpty()) {
            throw site.error("there is no proxy with tls = @Tls");
        }
        if (parameter.getType() == ChaosTrust.class) {
            return trust;
        }
        if (parameter.getType() == SSLContext.class) {
            return trust.sslContext();
        }
        throw site.error("must be an SSLContext or a ChaosTrust, not a "
                + parameter.getType().getSimpleName());
    }

    private static boolean isSelfSigned(ChaosProxy proxy) {
        return proxy.spec().tls().orElse(null) instanceof ListenerTls.Terminated tls && tls.isSelfSigned();
    }

    /** Starts the proxies of the annotated fields of an instance, or of the static fields of a class. */
    private static void fill(ExtensionContext context, @Nullable Object instance, Class<?> type) {
        for (Field field : AnnotationSupport.findAnnotatedFields(
                type, Chaos.class, field -> Modifier.isStatic(field.getModifiers()) == (instance == null))) {
            ProxyDefinition definition = ProxyDefinition.by(
                    field, AnnotationSupport.findAnnotation(field, Chaos.class).orElseThrow());
            if (Modifier.isFinal(field.getModifiers())) {
                throw definition.site().error("must not be final");
            }
            if (store(context).claim(new Slot(field, instance), definition.site(), context)) {
                fill(field, instance, definition, context);
            }
        }
    }

    private static void fill(
            Field field, @Nullable Object instance, ProxyDefinition definition, ExtensionContext context) {
        ProxySpec spec = definition.spec(context);
        if (instance != null && store(context).has(spec.name())) {
            throw definition.site().error("there are two proxies named " + spec.name());
        }
        set(field, instance, make(spec, definition.site(), context));
    }

    private static void set(Field field, @Nullable Object instance, ChaosProxy proxy) {
        try {
            field.setAccessible(true);
            field.set(instance, proxy);
        } catch (IllegalAccessException e) {
            throw new ExtensionConfigurationException("can't set " + field, e);
        }
    }

    private static ChaosProxy make(ProxyDefinition definition, ExtensionContext context) {
        return make(definition.spec(context), definition.site(), context);
    }

    private static ChaosProxy make(ProxySpec spec, AnnotationSite site, ExtensionContext context) {
        ProxyStore store = store(context);
        boolean isNew = !store.has(spec.name());
        ChaosProxy proxy = site.check(() -> store.proxy(spec, site));
        if (isNew && context.getTestMethod().isPresent()) {
            TestAnnotations.of(context).applyTo(proxy);
        }
        return proxy;
    }

    /** The proxies of this test, or of this class. */
    private static ProxyStore store(ExtensionContext context) {
        ExtensionContext.Store contextStore = context.getStore(NAMESPACE);
        ProxyStore store = contextStore.get(context.getUniqueId(), ProxyStore.class);
        if (store == null) {
            store = new ProxyStore(context.getTestMethod().isPresent() ? "test" : "class", seed(context));
            contextStore.put(context.getUniqueId(), store);
        }
        return store;
    }

    /** The proxies of the classes around this test, its own first. */
    private static List<ProxyStore> around(ExtensionContext context) {
        List<ProxyStore> stores = new ArrayList<>();
        for (Optional<ExtensionContext> each = context.getParent();
                each.isPresent();
                each = each.get().getParent()) {
            ProxyStore store = each.get().getStore(NAMESPACE).get(each.get().getUniqueId(), ProxyStore.class);
            if (store != null) {
                stores.add(store);
            }
        }
        return stores;
    }

    private static long seed(ExtensionContext context) {
        return TestAnnotations.of(context)
                .seed()
                .or(() -> context.getConfigurationParameter(SEED, ChaosExtension::number))
                .orElseGet(() -> (long) new SecureRandom().nextInt(Integer.MAX_VALUE));
    }

    private static Long number(String text) {
        try {
            return Long.valueOf(text.strip());
        } catch (NumberFormatException e) {
            throw new ExtensionConfigurationException(SEED + ": must be a whole number, not \"" + text + "\"", e);
        }
    }

    /** Names of all proxies that a test class declares, in fields and in parameters of any method. */
    private static Set<String> names(ExtensionContext context) {
        Set<String> names = new TreeSet<>();
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            Class<?> type = instance.getClass();
            for (Field field : AnnotationSupport.findAnnotatedFields(type, Chaos.class)) {
                AnnotationSupport.findAnnotation(field, Chaos.class)
                        .ifPresent(chaos ->
                                names.add(ProxyDefinition.by(field, chaos).name()));
            }
            for (Method method : ReflectionSupport.findMethods(type, any -> true, HierarchyTraversalMode.TOP_DOWN)) {
                for (Parameter parameter : method.getParameters()) {
                    AnnotationSupport.findAnnotation(parameter, Chaos.class)
                            .ifPresent(chaos -> names.add(
                                    ProxyDefinition.by(parameter, chaos).name()));
                }
            }
        }
        return names;
    }

    private static void report(ExtensionContext context, Throwable failure) {
        List<ProxyStore> stores = new ArrayList<>(List.of(store(context)));
        stores.addAll(around(context));
        stores.removeIf(store -> store.proxies().isEmpty());
        if (stores.isEmpty()) {
            return;
        }
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("chaos.seed", seeds(stores));
        for (ProxyStore store : stores) {
            for (ChaosProxy proxy : store.proxies()) {
                entries.put("chaos." + proxy.name() + ".plan", plan(proxy));
                entries.put(
                        "chaos." + proxy.name() + ".traffic", proxy.traffic().toString());
                entries.put(
                        "chaos." + proxy.name() + ".journal", proxy.journal().toString());
            }
        }
        context.publishReportEntry(entries);
        failure.addSuppressed(new ChaosReport(entries.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining("\n", "what the network did\n", ""))));
    }

    private static String seeds(List<ProxyStore> stores) {
        return stores.stream()
                .map(store -> store.seed() + ", repeat by @Seed(" + store.seed() + ") on the " + store.whose())
                .collect(Collectors.joining("; "));
    }

    private static String plan(ChaosProxy proxy) {
        return proxy.plan().rules().isEmpty()
                ? "no rules"
                : ConfigWriter.hocon(ConfigWriter.write(proxy.spec())).strip();
    }
}
