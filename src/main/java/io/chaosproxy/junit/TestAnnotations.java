package io.chaosproxy.junit;

import com.typesafe.config.Config;
import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.fault.Rule;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Annotations of a test and of its enclosing classes. */
final class TestAnnotations {
    private final List<AnnotatedElement> elements; // the outermost class first, the test itself last

    private TestAnnotations(List<AnnotatedElement> elements) {
        this.elements = elements;
    }

    static TestAnnotations of(ExtensionContext context) {
        List<AnnotatedElement> elements = new ArrayList<>(classes(context));
        context.getTestMethod().ifPresent(elements::add);
        return new TestAnnotations(elements);
    }

    /** The test's class and those around it, the outermost first; JUnit has a method for it from 5.12.1 on. */
    private static List<Class<?>> classes(ExtensionContext context) {
        Set<Class<?>> classes = new LinkedHashSet<>();
        for (Optional<ExtensionContext> each = Optional.of(context);
                each.isPresent();
                each = each.get().getParent()) {
            each.get().getTestClass().ifPresent(classes::add);
        }
        return new ArrayList<>(classes).reversed();
    }

    /** Innermost seed. */
    Optional<Long> seed() {
        return elements.reversed().stream()
                .flatMap(element -> AnnotationSupport.findAnnotation(element, Seed.class).stream())
                .map(Seed::value)
                .findFirst();
    }

    /** Applies the innermost profile and all rules to a proxy. */
    void applyTo(ChaosProxy proxy) {
        for (AnnotatedElement element : elements.reversed()) {
            Optional<Profile> profile = AnnotationSupport.findAnnotation(element, Profile.class)
                    .filter(network -> isFor(network.on(), proxy.name()));
            if (profile.isPresent()) {
                site("@Profile", element)
                        .check(() -> proxy.profile(profile.get().value()));
                break;
            }
        }
        for (AnnotatedElement element : elements) {
            for (InjectFault inject : AnnotationSupport.findRepeatableAnnotations(element, InjectFault.class)) {
                if (isFor(inject.on(), proxy.name())) {
                    site("@InjectFault", element).check(() -> proxy.inject(rule(inject, proxy)));
                }
            }
        }
    }

    private static Rule rule(InjectFault inject, ChaosProxy proxy) {
        Config fields = ConfigReader.fields(inject.value(), "@InjectFault");
        String kind = fields.hasPath("type") ? fields.getString("type") : "rule";
        return ConfigReader.rule(
                inject.name().isEmpty() ? kind : inject.name(),
                fields,
                proxy.spec().protocol());
    }

    private static boolean isFor(String[] on, String proxy) {
        return on.length == 0 || List.of(on).contains(proxy);
    }

    /** Rejects annotations for unknown proxies. */
    void check(Set<String> proxies) {
        for (AnnotatedElement element : elements) {
            for (InjectFault inject : AnnotationSupport.findRepeatableAnnotations(element, InjectFault.class)) {
                check(inject.on(), proxies, site("@InjectFault", element));
            }
            AnnotationSupport.findAnnotation(element, Profile.class)
                    .ifPresent(profile -> check(profile.on(), proxies, site("@Profile", element)));
        }
    }

    private static void check(String[] on, Set<String> proxies, AnnotationSite site) {
        if (proxies.isEmpty()) {
            throw site.error("there is no proxy; a field or parameter with @Chaos makes one");
        }
        for (String name : on) {
            if (!proxies.contains(name)) {
                throw site.error("there is no proxy named " + name + ", only " + String.join(", ", proxies));
            }
        }
    }

    private static AnnotationSite site(String annotation, AnnotatedElement element) {
        String where = element instanceof Member member
                ? member.getDeclaringClass().getSimpleName() + "." + member.getName()
                : ((Class<?>) element).getSimpleName();
        return new AnnotationSite(annotation + " on " + where, where, ExtensionConfigurationException::new);
    }
}
