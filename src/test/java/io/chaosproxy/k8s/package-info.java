/** The manifests under k8s/, held against the configurations inside them. */
@NullMarked
package io.chaosproxy.k8s;

import org.jspecify.annotations.NullMarked;
