//! The resource's own policy does not admit the caller
//!
//! ## Why the server refuses
//!
//! Buckets, keys, queues, functions and packages have policies of their own. Across accounts both sides must
//! allow: the caller's identity policy and the resource's policy. The message often names the outer action only
//! (`PutObject`), while the refusal came from the key that encrypts the bucket, or from *Block Public Access*
//! or object ownership.
//!
//! ## How to mend it
//!
//! - S3: add the principal to the bucket policy with the one action and prefix; check object ownership, *Block
//!   Public Access*, and the KMS key's policy (`kms:GenerateDataKey`).
//! - Lambda, SNS, SQS: permission with `SourceArn`. Google Cloud Storage: role at the bucket. Azure Storage:
//!   data role at the account or container.
//! - GitHub packages: *Manage Actions access* of the package, with write for the repository.
//! - CloudFront in front of S3: origin access control, and the distribution's ARN in the bucket policy.
//!
//! ## What not to do
//!
//! `Principal: "*"`, public buckets, ACLs for *AllUsers*.
//!
//! ## References
//!
//! - AWS IAM, cross-account policy evaluation; Amazon S3, troubleshoot access denied; GitHub, package access

use model::{Cause, Change, Evidence, Experiment, Indicator, Layer, Prevalence, Sighting, Weight};

use crate::causes::{answer, authorization};

/// `authz.resource-policy`
pub static RESOURCE_POLICY: Cause = Cause {
    id: "authz.resource-policy",
    layer: Layer::Data,
    prevalence: Prevalence::Occasional,
    indicators: &[
        Indicator {
            weight: Weight::Hints,
            seek: object_store,
            because: "the answer is an object store's, whose buckets carry policies of their own",
        },
        Indicator {
            weight: Weight::Hints,
            seek: other_resource_succeeded,
            because: "the same caller was accepted at another resource of the same host",
        },
        Indicator {
            weight: Weight::Weakens,
            seek: authorization::challenged,
            because: "the answer asks for credentials, so no policy about a known caller was applied",
        },
    ],
    experiments: &[Experiment {
        change: Change::GetImpossiblePath,
        predicts: model::Answer::SameRefusal,
        if_so: Weight::Hints,
        if_not: Weight::Weakens,
        because: "a neighbour that does not exist is refused alike: without the right to list, stores do not say what is missing",
    }],
    roots: &[],
    fix: "admit this principal in the resource's policy, for the one action",
    opens: "that action on this resource, for this principal",
    decided_by: "the resource's policy, and the audit log's entry for the request",
    page: page!("authz/resource_policy"),
};

/// The `x-amz-` and `x-goog-` fields that S3, its kin and Cloud Storage send.
fn object_store(evidence: &Evidence) -> Option<Sighting> {
    answer::status(evidence, &[403])?;
    ["x-amz-bucket-region", "x-amz-id-2", "x-guploader-uploadid", "x-ms-version"]
        .iter()
        .find_map(|name| answer::field(evidence, name))
}

fn other_resource_succeeded(evidence: &Evidence) -> Option<Sighting> {
    let request = evidence.request()?;
    let own = request.message.fields.value("authorization")?;
    evidence.related(model::Relation::Before).find_map(|exchange| {
        let other = exchange.request.as_ref()?;
        let accepted =
            exchange.response.as_ref().is_some_and(|response| (200..300).contains(&response.status.value));
        let same_caller = other.message.fields.value("authorization") == Some(own);
        let same_host =
            other.url.value.host == request.url.value.host && other.method.value == request.method.value;
        (accepted && same_caller && same_host).then(|| Sighting::at(other.message.start_line))
    })
}
