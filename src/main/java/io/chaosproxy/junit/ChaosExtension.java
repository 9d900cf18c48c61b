package io.chaosproxy.junit;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.ConfigWriter;
import io.chaosproxy.relay.ProxySpec;
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
 * Makes the proxies of {@link Chaos}, puts on them what {@link Inflict} and {@link Profile} say, and reports on them if a test
 * fails: an entry of the report with the seed, and the plan, the traffic and the journal of each proxy.
 *
 * <p>Tests that share a proxy take turns where JUnit runs tests in parallel: {@link ChaosTest} asks JUnit for a lock on each
 * field that is shared. A test that meets a proxy in use nevertheless fails with a sentence that names the field.
 */
public final class ChaosExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Namespace NAMESPACE = Namespace.create(ChaosExtension.class);
    private static final String SEED = "chaos-proxy.seed";

    /** JUnit makes one. */
    public ChaosExtension() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        fill(context, null, context.getRequiredTestClass());
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        Wishes wishes = Wishes.of(context);
        wishes.check(names(context));
        for (Rig rig : around(context)) {
            rig(context).share(rig, context);
            rig.clear();
            rig.proxies().forEach(wishes::inflictOn);
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
        return parameter.isAnnotated(Chaos.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Wanted wanted = Wanted.by(
                parameter.getParameter(), parameter.findAnnotation(Chaos.class).orElseThrow());
        if (parameter.getDeclaringExecutable() instanceof Constructor) {
            throw wanted.place().mistake("a constructor runs before there is a test; use a field");
        }
        return make(wanted, context);
    }

    /** Gives the annotated fields of an instance their proxies, or the static ones of a class. */
    private static void fill(ExtensionContext context, @Nullable Object instance, Class<?> type) {
        for (Field field : AnnotationSupport.findAnnotatedFields(
                type, Chaos.class, field -> Modifier.isStatic(field.getModifiers()) == (instance == null))) {
            Wanted wanted = Wanted.by(
                    field, AnnotationSupport.findAnnotation(field, Chaos.class).orElseThrow());
            if (Modifier.isFinal(field.getModifiers())) {
                throw wanted.place().mistake("must not be final");
            }
            if (rig(context).claim(new Slot(field, instance), wanted.place(), context)) {
                fill(field, instance, wanted, context);
            }
        }
    }

    private static void fill(Field field, @Nullable Object instance, Wanted wanted, ExtensionContext context) {
        ProxySpec spec = wanted.spec(context);
        if (instance != null && rig(context).has(spec.name())) {
            throw wanted.place().mistake("there are two proxies named " + spec.name());
        }
        set(field, instance, make(spec, wanted.place(), context));
    }

    private static void set(Field field, @Nullable Object instance, ChaosProxy proxy) {
        try {
            field.setAccessible(true);
            field.set(instance, proxy);
        } catch (IllegalAccessException e) {
            throw new ExtensionConfigurationException("can't set " + field, e);
        }
    }

    private static ChaosProxy make(Wanted wanted, ExtensionContext context) {
        return make(wanted.spec(context), wanted.place(), context);
    }

    private static ChaosProxy make(ProxySpec spec, Place place, ExtensionContext context) {
        Rig rig = rig(context);
        boolean isNew = !rig.has(spec.name());
        ChaosProxy proxy = place.check(() -> rig.proxy(spec, place));
        if (isNew && context.getTestMethod().isPresent()) {
            Wishes.of(context).inflictOn(proxy);
        }
        return proxy;
    }

    /** The proxies of this test, or of this class. */
    private static Rig rig(ExtensionContext context) {
        ExtensionContext.Store store = context.getStore(NAMESPACE);
        Rig rig = store.get(context.getUniqueId(), Rig.class);
        if (rig == null) {
            rig = new Rig(context.getTestMethod().isPresent() ? "test" : "class", seed(context));
            store.put(context.getUniqueId(), rig);
        }
        return rig;
    }

    /** The proxies of the classes around this test, its own first. */
    private static List<Rig> around(ExtensionContext context) {
        List<Rig> rigs = new ArrayList<>();
        for (Optional<ExtensionContext> each = context.getParent();
                each.isPresent();
                each = each.get().getParent()) {
            Rig rig = each.get().getStore(NAMESPACE).get(each.get().getUniqueId(), Rig.class);
            if (rig != null) {
                rigs.add(rig);
            }
        }
        return rigs;
    }

    private static long seed(ExtensionContext context) {
        return Wishes.of(context)
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

    /** The names of all proxies that a test may have, in whatever method it asks for them. */
    private static Set<String> names(ExtensionContext context) {
        Set<String> names = new TreeSet<>();
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            Class<?> type = instance.getClass();
            for (Field field : AnnotationSupport.findAnnotatedFields(type, Chaos.class)) {
                AnnotationSupport.findAnnotation(field, Chaos.class)
                        .ifPresent(chaos -> names.add(Wanted.by(field, chaos).name()));
            }
            for (Method method : ReflectionSupport.findMethods(type, any -> true, HierarchyTraversalMode.TOP_DOWN)) {
                for (Parameter parameter : method.getParameters()) {
                    AnnotationSupport.findAnnotation(parameter, Chaos.class)
                            .ifPresent(chaos ->
                                    names.add(Wanted.by(parameter, chaos).name()));
                }
            }
        }
        return names;
    }

    private static void report(ExtensionContext context, Throwable failure) {
        List<Rig> rigs = new ArrayList<>(List.of(rig(context)));
        rigs.addAll(around(context));
        rigs.removeIf(rig -> rig.proxies().isEmpty());
        if (rigs.isEmpty()) {
            return;
        }
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("chaos.seed", seeds(rigs));
        for (Rig rig : rigs) {
            for (ChaosProxy proxy : rig.proxies()) {
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

    private static String seeds(List<Rig> rigs) {
        return rigs.stream()
                .map(rig -> rig.seed() + ", repeat by @Seed(" + rig.seed() + ") on the " + rig.whose())
                .collect(Collectors.joining("; "));
    }

    private static String plan(ChaosProxy proxy) {
        return proxy.plan().rules().isEmpty()
                ? "no rules"
                : ConfigWriter.hocon(ConfigWriter.write(proxy.spec())).strip();
    }
}
