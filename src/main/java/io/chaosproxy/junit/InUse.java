package io.chaosproxy.junit;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Registry of what running tests use and can't share: fields, and the proxies of a class. It holds for the process, as static
 * fields do.
 */
final class InUse {
    private static final Map<Object, ExtensionContext> USERS = new ConcurrentHashMap<>();

    private InUse() {}

    /**
     * Enters a context as the only user.
     *
     * @param site what the refusal names if an unrelated test is the user
     * @return false if the user is this context or one around it
     */
    static boolean claim(Object what, AnnotationSite site, ExtensionContext context) {
        ExtensionContext user = USERS.putIfAbsent(what, context);
        if (user != null && !isAround(user, context)) {
            throw site.error("is in use by " + name(user) + ", which runs at the same time; @ChaosTest on each class"
                    + " that has it, or @ResourceLock(\"" + site.where() + "\"), makes the tests take turns");
        }
        return user == null;
    }

    /** Ends the use. */
    static void release(Object what) {
        USERS.remove(what);
    }

    private static boolean isAround(ExtensionContext user, ExtensionContext context) {
        for (Optional<ExtensionContext> each = Optional.of(context);
                each.isPresent();
                each = each.get().getParent()) {
            if (each.get() == user) {
                return true;
            }
        }
        return false;
    }

    private static String name(ExtensionContext user) {
        String type = user.getTestClass().map(Class::getSimpleName).orElse("");
        return type + user.getTestMethod().map(method -> "." + method.getName()).orElse("");
    }
}
