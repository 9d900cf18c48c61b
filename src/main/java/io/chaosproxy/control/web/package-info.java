/** What the parts of the control plane share: a route, a problem, JSON in and out. */
@NullMarked
package io.chaosproxy.control.web;

import org.jspecify.annotations.NullMarked;
